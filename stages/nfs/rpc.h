/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ONC RPC (RFC 5531) and the programs that are spoken in it: numbers.
 */
#ifndef SL_RPC_H
#define SL_RPC_H

#include <linux/types.h>

#define SL_RPC_VERSION		2
#define SL_RPC_LAST		0x80000000u	/* of a record's fragments */

/* msg_type, reply_stat, accept_stat, reject_stat, auth_stat of the RFC */
enum { SL_RPC_CALL, SL_RPC_REPLY };
enum { SL_RPC_ACCEPTED, SL_RPC_DENIED };
enum { SL_RPC_SUCCESS, SL_RPC_PROG_UNAVAIL, SL_RPC_PROG_MISMATCH,
       SL_RPC_PROC_UNAVAIL, SL_RPC_GARBAGE_ARGS, SL_RPC_SYSTEM_ERR };
enum { SL_RPC_MISMATCH, SL_RPC_AUTH_ERROR };
enum { SL_RPC_AUTH_OK, SL_RPC_AUTH_BADCRED, SL_RPC_AUTH_REJECTEDCRED,
       SL_RPC_AUTH_BADVERF, SL_RPC_AUTH_REJECTEDVERF, SL_RPC_AUTH_TOOWEAK };

/* auth_flavor, and what the RFC allows within */
enum { SL_RPC_AUTH_NONE, SL_RPC_AUTH_SYS };
#define SL_RPC_AUTH_MAX		400	/* bytes of a credential or verifier */
#define SL_RPC_MACHINE_MAX	255

enum { SL_RPC_PORTMAP = 100000, SL_RPC_NFS = 100003, SL_RPC_MOUNT = 100005 };

/* Procedures of mount, the same in all versions (RFC 1813, appendix I). */
enum { SL_MOUNT_NULL, SL_MOUNT_MNT, SL_MOUNT_DUMP, SL_MOUNT_UMNT,
       SL_MOUNT_UMNTALL, SL_MOUNT_EXPORT };

/* Procedures of the port mapper (RFC 1833); GETADDR is its versions 3 and 4. */
enum { SL_PORTMAP_NULL, SL_PORTMAP_SET, SL_PORTMAP_UNSET, SL_PORTMAP_GETPORT,
       SL_PORTMAP_DUMP };
enum { SL_PORTMAP_TCP = 6, SL_PORTMAP_UDP = 17 };

#endif /* SL_RPC_H */
