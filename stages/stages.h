/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Every stage there is. */
#ifndef SL_STAGES_H
#define SL_STAGES_H

struct sl_stage_type;

extern const struct sl_stage_type sl_socket_stage;	/* net/socket_user.c */
extern const struct sl_stage_type sl_datagram_stage;	/* net/datagram_user.c */
extern const struct sl_stage_type sl_http_stage;	/* web/http.c */
extern const struct sl_stage_type sl_shop_stage;	/* web/shop.c */
extern const struct sl_stage_type sl_sqlite_stage;	/* db/sqlite_user.c */
extern const struct sl_stage_type sl_rpc_stage;	/* nfs/rpc.c */
extern const struct sl_stage_type sl_fuse_stage;	/* fuse/fuse_user.c */
extern const struct sl_stage_type sl_nfs_stage;	/* nfs/nfs.c */
extern const struct sl_stage_type sl_fs_stage;	/* fs/fs_user.c */
extern const struct sl_stage_type sl_block_stage;	/* fs/block_user.c */
extern const struct sl_stage_type sl_source_stage;	/* flow/source.c */
extern const struct sl_stage_type sl_pass_stage;	/* flow/pass.c */
extern const struct sl_stage_type sl_sink_stage;	/* flow/sink.c */

#endif /* SL_STAGES_H */
