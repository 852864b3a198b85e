/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Files on an NFS server, found or made by somebody who has just its ports. */
#ifndef SL_NFS_FILES_H
#define SL_NFS_FILES_H

#include "bench/nfs_sender.h"
#include "bench/nfs_wire.h"

#define NFS_HANDLE_MAX 64
#define NFS_FILE_BYTES (4 << 20) /* of one that has been filled */
#define NFS_NAMES_MAX  1000	 /* in one directory */

struct nfs_handle {
	u32 bytes;
	u8 data[NFS_HANDLE_MAX];
};

/* What a name is to be if it has to be made. */
enum nfs_kind { NFS_KIND_FILE,
		NFS_KIND_DIRECTORY };

u8 *nfs_put_handle(u8 *at, const struct nfs_handle *handle);
bool nfs_take_handle(struct sl_xdr *in, struct nfs_handle *handle);

int nfs_files_mount(const struct nfs_target *target, const char *who,
		    struct nfs_handle *root);
int nfs_files_find(struct nfs_wire *wire, const struct nfs_handle *parent,
		   enum nfs_kind kind, const char *prefix, u32 count,
		   struct nfs_handle *handle);
int nfs_files_fill(struct nfs_wire *wire, const struct nfs_handle *file);
int nfs_files_many(struct nfs_wire *wire, const struct nfs_handle *parent,
		   u32 count, struct nfs_handle *handle);

#endif /* SL_NFS_FILES_H */
