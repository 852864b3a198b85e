/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * nfs-ganesha with its VFS back end, and the rpcbind that it insists on, in
 * namespaces of their own.
 */
#ifndef SL_NFS_GANESHA_H
#define SL_NFS_GANESHA_H

#include "bench/nfs_server.h"

/* Are nfs-ganesha, its back end and rpcbind installed? */
bool nfs_ganesha_installed(void);

/* fork(2), but the child is the init of a PID namespace, with own mounts. */
pid_t nfs_ganesha_fork(void);

/* In that child: serves until it is killed; returns only if it cannot. */
void nfs_ganesha_run(const struct nfs_server *server);

#endif /* SL_NFS_GANESHA_H */
