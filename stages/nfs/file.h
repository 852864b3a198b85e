/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The "file" protocol: NFS version 3 as typed events (RFC 1813).
 *
 * Whoever wants files (the database, the shop's images, the rpc stage on
 * behalf of its clients) calls the nfs stage with one of these.  The same
 * event goes on to the fs stage (names, handles, metadata) and, for data, to
 * the block stage, each of which uses its own section of the arguments, and
 * comes back.
 *
 * event->op is the number of the RFC's procedure, event->status of the reply
 * 0 or a negative errno; nfs->status is the NFS status of the RFC (NFS3_OK,
 * NFS3ERR_...).  Both are always set.
 *
 *   GETATTR   handle                          -> attr
 *   SETATTR   handle, set, new                -> attr
 *   LOOKUP    handle of a directory, name     -> object, attr of the object
 *   ACCESS    handle, access                  -> access, attr
 *   READLINK  handle                          -> data
 *   READ      handle, offset, count           -> data, count, eof, attr
 *   WRITE     handle, offset, data, stable    -> count, stable, verifier, attr
 *   CREATE    handle, name, how, set, new     -> object, attr
 *   MKDIR     handle, name, set, new          -> object, attr
 *   SYMLINK   handle, name, target, set, new  -> object, attr
 *   MKNOD     handle, name, new type, set, new -> object, attr
 *   REMOVE    handle, name;  RMDIR likewise
 *   RENAME    handle, name; object, target name
 *   LINK      handle of the file; object = directory, name
 *   READDIR   handle, cookie, count           -> data: struct sl_file_entry[]
 *   READDIRPLUS  as READDIR                   -> data: struct sl_file_entry[]
 *             with attributes and handles where there are any
 *   FSSTAT    handle                          -> attr, data: sl_file_space
 *   FSINFO    handle                          -> attr, data: sl_file_limits
 *   PATHCONF  handle                          -> attr, data: sl_file_limits
 *   COMMIT    handle, offset, count           -> verifier, attr; of a directory:
 *             makes its names stable
 *   MOUNT     data = path within the export, "" for its root -> object, attr
 *   others    -EOPNOTSUPP, NFS3ERR_NOTSUPP
 *
 * What changes a directory also tells of that directory, as weak cache
 * consistency wants: before what it was, directory what it is.  RENAME tells
 * of the directory it takes from in before[0] and directory, of the other in
 * before[1] and attr.  SETATTR and WRITE tell in before[0] what the file was.
 *
 * What is asked is asked by caller; where caller.known is false, by the
 * pipeline itself, which may do all that the user that runs it may.
 *
 * An EXCLUSIVE CREATE has its createverf3 in verifier, where WRITE and COMMIT
 * find that of the server.  WRITE may find its data anywhere; what is answered
 * lies in the event's own buffer, 8 bytes aligned for READDIR.  A READ or
 * WRITE above the server's limits is cut short, as the RFC allows: count says
 * how much was done, so go on from there.
 *
 * Names: event->data/data_bytes, not terminated, one component ("." and ".."
 * as the RFC has them; "/" and NUL are refused).  RENAME and SYMLINK have two
 * names, one after the other: name2_at is where the second one starts.
 * READ puts its data at event->data, where the caller wants it, within the
 * event's buffer (room is checked against data_max), and sets data_bytes.
 */
#ifndef SL_FILE_H
#define SL_FILE_H

#include "stages/event.h"

enum sl_file_op {
	SL_FILE_GETATTR = 1, SL_FILE_SETATTR, SL_FILE_LOOKUP, SL_FILE_ACCESS,
	SL_FILE_READLINK, SL_FILE_READ, SL_FILE_WRITE, SL_FILE_CREATE,
	SL_FILE_MKDIR, SL_FILE_SYMLINK, SL_FILE_MKNOD, SL_FILE_REMOVE,
	SL_FILE_RMDIR, SL_FILE_RENAME, SL_FILE_LINK, SL_FILE_READDIR,
	SL_FILE_READDIRPLUS, SL_FILE_FSSTAT, SL_FILE_FSINFO, SL_FILE_PATHCONF,
	SL_FILE_COMMIT, SL_FILE_MOUNT, SL_FILE_OPS,
};

/* stable_how of the RFC */
enum { SL_FILE_UNSTABLE, SL_FILE_DATA_SYNC, SL_FILE_SYNC };
/* createmode3 of the RFC */
enum { SL_FILE_UNCHECKED, SL_FILE_GUARDED, SL_FILE_EXCLUSIVE };
/* what SETATTR, CREATE, ... set: bits of sl_file_args.set */
enum {
	SL_FILE_SET_MODE = 1, SL_FILE_SET_UID = 2, SL_FILE_SET_GID = 4,
	SL_FILE_SET_SIZE = 8, SL_FILE_SET_ATIME = 16, SL_FILE_SET_MTIME = 32,
};
/* A time to set that is the server's, now. */
#define SL_FILE_NOW	(~0ull)
/* ACCESS: bits of sl_file_args.access */
enum {
	SL_FILE_MAY_READ = 1, SL_FILE_MAY_LOOKUP = 2, SL_FILE_MAY_MODIFY = 4,
	SL_FILE_MAY_EXTEND = 8, SL_FILE_MAY_DELETE = 16,
	SL_FILE_MAY_EXECUTE = 32,
};
/* ftype3 of the RFC */
enum { SL_FILE_REG = 1, SL_FILE_DIR, SL_FILE_BLK, SL_FILE_CHR, SL_FILE_LNK,
       SL_FILE_SOCK, SL_FILE_FIFO };

/* Opaque outside the fs stage; as long as the RFC lets it be. */
struct sl_file_handle {
	u64 word[8];
};

/* fattr3 of the RFC */
struct sl_file_attr {
	u8 type;
	u16 mode;		/* permission bits */
	u32 links;
	u32 uid, gid;
	u32 major, minor;	/* of a device */
	u64 size;
	u64 used;
	u64 fsid;
	u64 fileid;
	u64 atime_ns, mtime_ns, ctime_ns;
};

/* wcc_attr of the RFC */
struct sl_file_before {
	u64 size;
	u64 mtime_ns, ctime_ns;
};

#define SL_FILE_GROUPS_MAX	16	/* of AUTH_SYS */

/* Who asks: authsys_parms of RFC 5531, after squashing. */
struct sl_file_caller {
	bool known;		/* else it is the pipeline itself */
	u8 group_count;
	u32 uid, gid;
	u32 group[SL_FILE_GROUPS_MAX];
};

struct sl_file_args {
	/* the request */
	struct sl_file_handle handle;
	u64 offset;		/* READ, WRITE, COMMIT; READDIR: the cookie */
	u32 count;
	u8 stable;
	u8 how;
	u8 set;
	u8 access;
	bool guarded;		/* SETATTR only if ctime is still guard_ns */
	u64 guard_ns;
	u32 name2_at;
	/* the reply; object is also the second handle of RENAME and LINK */
	u32 status;		/* nfsstat3 */
	u64 verifier;		/* changes when unstable data may be lost */
	bool eof;
	bool has_attr;		/* attr is of the reply, even of a failure */
	bool has_directory;	/* directory, likewise */
	bool has_before[2];
	struct sl_file_handle object;
	struct sl_file_attr attr;	/* in: SETATTR's new ones; out: after */
	struct sl_file_attr directory;
	struct sl_file_before before[2];
	struct sl_file_caller caller;

	/* between nfs, fs and block */
	s32 fd;			/* open descriptor of the host's */
	u32 slot;		/* fs: entry of its handle table, held meanwhile */
	u32 done;		/* bytes moved so far */
	u8 rwx;			/* fs to nfs: what the host allows, as S_IRWXO */
	u64 asked_ns;		/* fs: the wall clock when it passed a WRITE on */
};

static_assert(sizeof(struct sl_file_args) <= SL_EVENT_ARGS, "they fit");

/* READDIR's reply: one after the other, each 8 bytes aligned. */
struct sl_file_entry {
	u64 fileid;
	u64 cookie;		/* offset to go on from behind this one */
	u16 name_bytes;
	u8 type;		/* SL_FILE_REG, ..., 0 if not known */
	char name[];
};

/* READDIRPLUS: behind each entry, 8 bytes aligned. */
struct sl_file_plus {
	struct sl_file_attr attr;	/* its type is 0 if it is not there */
	struct sl_file_handle handle;	/* all 0 if it is not there */
};

/* FSSTAT's reply: bytes and inodes, as the RFC names them. */
struct sl_file_space {
	u64 total_bytes, free_bytes, avail_bytes;
	u64 total_files, free_files, avail_files;
};

/* The reply of FSINFO and PATHCONF. */
struct sl_file_limits {
	u32 read_max, write_max;	/* bytes of one READ, one WRITE */
	u64 file_bytes_max;
	u32 links_max, name_max;
	u64 time_unit_ns;
};

static inline struct sl_file_args *sl_file(struct sl_event *event)
{
	return (struct sl_file_args *)event->args;
}

#endif /* SL_FILE_H */
