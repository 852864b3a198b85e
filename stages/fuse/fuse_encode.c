// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "stages/fuse/fuse_stage.h"

#define NS_IN_S		1000000000u
#define BLOCK_BYTES	4096u	/* that sizes of file systems are told in */
#define NAME_MAX_BYTES	255

/* What a type is in st_mode. */
static u32 format_of(u8 type)
{
	static const u32 formats[] = {
		[SL_FILE_REG] = 0100000,  [SL_FILE_DIR] = 0040000,
		[SL_FILE_BLK] = 0060000,  [SL_FILE_CHR] = 0020000,
		[SL_FILE_LNK] = 0120000,  [SL_FILE_SOCK] = 0140000,
		[SL_FILE_FIFO] = 0010000,
	};

	return type < ARRAY_SIZE(formats) ? formats[type] : 0;
}

/* Nanoseconds since 1970; a file may be older than that. */
static u64 seconds(u64 ns, u32 *rest)
{
	s64 s = (s64)ns / NS_IN_S;
	s64 left = (s64)ns - s * NS_IN_S;

	if (left < 0) {
		s--;
		left += NS_IN_S;
	}
	*rest = left;
	return s;
}

static void put_attr(struct fuse_attr *to, const struct sl_file_attr *attr)
{
	memset(to, 0, sizeof(*to));
	to->ino = attr->fileid;
	to->size = attr->size;
	to->blocks = attr->used / 512;
	to->atime = seconds(attr->atime_ns, &to->atimensec);
	to->mtime = seconds(attr->mtime_ns, &to->mtimensec);
	to->ctime = seconds(attr->ctime_ns, &to->ctimensec);
	to->mode = format_of(attr->type) | attr->mode;
	to->nlink = attr->links;
	to->uid = attr->uid;
	to->gid = attr->gid;
	/* As the kernel packs both into 32 bits. */
	to->rdev = (attr->minor & 0xff) | attr->major << 8 |
		   (attr->minor & ~0xffu) << 12;
	to->blksize = BLOCK_BYTES;
}

/**
 * sl_fuse_put_entry() - tell the kernel of a file
 * @fuse: the stage
 * @to: where to put a struct fuse_entry_out
 * @handle: the file's
 * @attr: what it is like
 *
 * Return: how long that is, or 0 if there is no node for it.
 */
u32 sl_fuse_put_entry(struct sl_fuse *fuse, void *to,
		      const struct sl_file_handle *handle,
		      const struct sl_file_attr *attr)
{
	const struct sl_fuse_options *options = fuse->options;
	struct sl_fuse_node *node = sl_fuse_nodes_meet(&fuse->nodes, handle);
	struct fuse_entry_out *out = to;

	if (!node)
		return 0;
	out->nodeid = sl_fuse_nodes_number(&fuse->nodes, node);
	out->generation = node->generation;
	out->entry_valid = seconds(options->entry_timeout_ns,
				   &out->entry_valid_nsec);
	out->attr_valid = seconds(options->attr_timeout_ns,
				  &out->attr_valid_nsec);
	put_attr(&out->attr, attr);
	return sizeof(*out);
}

/**
 * sl_fuse_put_attr() - say what a file is like
 * @fuse: the stage
 * @to: where to put a struct fuse_attr_out
 * @node: the file's
 * @attr: what it is like
 *
 * Return: how long that is.
 */
u32 sl_fuse_put_attr(const struct sl_fuse *fuse, void *to,
		     const struct sl_fuse_node *node,
		     const struct sl_file_attr *attr)
{
	struct fuse_attr_out *out = to;

	out->attr_valid = seconds(fuse->options->attr_timeout_ns,
				  &out->attr_valid_nsec);
	out->dummy = 0;
	put_attr(&out->attr, attr);
	/* One of its names is ours, and nobody else's business. */
	if (node->aside && out->attr.nlink)
		out->attr.nlink--;
	return sizeof(*out);
}

/* The kernel keeps what it has read: it looks at times before it uses it. */
u32 sl_fuse_put_open(const struct sl_fuse *fuse, void *to, bool file)
{
	struct fuse_open_out *out = to;

	memset(out, 0, sizeof(*out));
	if (file)
		out->open_flags = fuse->options->direct_io ? FOPEN_DIRECT_IO
							   : FOPEN_KEEP_CACHE;
	return sizeof(*out);
}

u32 sl_fuse_put_space(void *to, const struct sl_file_space *space)
{
	struct fuse_statfs_out *out = to;

	memset(out, 0, sizeof(*out));
	out->st.blocks = space->total_bytes / BLOCK_BYTES;
	out->st.bfree = space->free_bytes / BLOCK_BYTES;
	out->st.bavail = space->avail_bytes / BLOCK_BYTES;
	out->st.files = space->total_files;
	out->st.ffree = space->free_files;
	out->st.bsize = BLOCK_BYTES;
	out->st.frsize = BLOCK_BYTES;
	out->st.namelen = NAME_MAX_BYTES;
	return sizeof(*out);
}

/**
 * sl_fuse_error() - what programs are told of a failure
 * @error: a negative errno, of the host's or of NFS
 *
 * The kernel takes no number above 511, and takes ENOSYS for an operation that
 * it need never ask for again.
 *
 * Return: a negative errno.
 */
s32 sl_fuse_error(int error)
{
	switch (-error) {
	case EBADHANDLE:
		return -ESTALE;
	case EJUKEBOX:
	case EMFILE:
		return -ENFILE;
	case EBADCOOKIE:
	case ETOOSMALL:
	case EBADTYPE:
	case ENOTSYNC:
		return -EINVAL;
	case ENOSYS:
		return -EOPNOTSUPP;
	default:
		return error < 0 && error > -512 ? error : -EIO;
	}
}
