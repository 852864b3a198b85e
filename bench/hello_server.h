/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Web servers in processes of their own, and wrk to load them.
 */
#ifndef SL_BENCH_HELLO_SERVER_H
#define SL_BENCH_HELLO_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#define SL_HELLO_CONNECTIONS	64
#define SL_HELLO_ANYWHERE	-1	/* a CPU: whichever the kernel likes */

enum sl_hello_kind { SL_HELLO_SLUICE, SL_HELLO_EPOLL, SL_HELLO_NGINX };

struct sl_hello_server {
	/* Set by the caller. */
	const char *name;
	enum sl_hello_kind kind;
	int cpu;		/* where it runs */
	int cpu_http;		/* of sluice: where its http stage does */
	int cpu_load;		/* where wrk runs against it, or anywhere */
	/* Set by sl_hello_start(). */
	pid_t pid;
	unsigned int port;
};

/* One slice of load. */
struct sl_hello_slice {
	double requests_per_s;
	double cpu_us;		/* of the server, for a request */
};

int sl_hello_start(struct sl_hello_server *server, const char *directory);
void sl_hello_stop(struct sl_hello_server *server);
int sl_hello_load(const struct sl_hello_server *server, int seconds,
		  struct sl_hello_slice *slice);
bool sl_hello_installed(const char *program);

#endif
