/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of the fuse stage share that are for processes alone. */
#ifndef SL_FUSE_USER_H
#define SL_FUSE_USER_H

#include "stages/fuse/fuse_stage.h"

/* How far a mount's end has come; sl_fuse_mount_end() begins it. */
enum sl_fuse_mount_state { SL_FUSE_MOUNTED, SL_FUSE_UNMOUNTED, SL_FUSE_BUSY };

/* mount_user.c */
struct sl_fuse_mount *sl_fuse_mount_open(struct sl_stage *stage);
void sl_fuse_mount_close(struct sl_fuse_mount *mount);
int sl_fuse_mount_fd(const struct sl_fuse_mount *mount);
void sl_fuse_mount_end(struct sl_fuse_mount *mount);
enum sl_fuse_mount_state
sl_fuse_mount_state(const struct sl_fuse_mount *mount);

/* place_user.c */
int sl_fuse_place_check(struct sl_stage *stage);

/* device_user.c */
u32 sl_fuse_device_poll(struct sl_fuse *fuse);
void sl_fuse_device_send(struct sl_fuse *fuse, struct sl_event *event,
			 int error, u32 payload_bytes);

/* uring_user.c */
int sl_fuse_uring_open(struct sl_fuse *fuse);
void sl_fuse_uring_close(struct sl_fuse *fuse);
void sl_fuse_uring_start(struct sl_fuse *fuse);
u32 sl_fuse_uring_poll(struct sl_fuse *fuse);
bool sl_fuse_uring_ready(const struct sl_fuse *fuse);
void sl_fuse_uring_flush(struct sl_fuse *fuse);
void sl_fuse_uring_send(struct sl_fuse *fuse, struct sl_event *event,
			int error, u32 payload_bytes);

#endif /* SL_FUSE_USER_H */
