/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Addresses of the host's sockets, for the stages that have some. */
#ifndef SL_ADDRESS_USER_H
#define SL_ADDRESS_USER_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "stages/net/bytes.h"

struct sl_stage;

union sl_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

socklen_t sl_address_read(const char *text, union sl_address *address);
void sl_address_store(const union sl_address *address, u8 peer[16], u16 *port);
void sl_address_complain(struct sl_stage *stage, const char *listen, int err);
u16 sl_address_port(int fd);

#endif /* SL_ADDRESS_USER_H */
