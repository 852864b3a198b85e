/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A peer: the least that answers HTTP requests, in one loop over epoll.
 *
 * It looks for the ends of heads and sends a reply made at compile time for
 * each; it checks nothing, has no limits, no timeouts and no date.  What a
 * real server does more slowly than this is the price of what it does more.
 */
#ifndef SL_BENCH_HELLO_EPOLL_H
#define SL_BENCH_HELLO_EPOLL_H

#define SL_HELLO_BODY_BYTES	1024

int sl_hello_epoll(unsigned int port);

#endif
