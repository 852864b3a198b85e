/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The calls of a client of sluice bench nfsmix: what each is about, what its
 * answer must be, and what becomes of the reference.  Those about names are in
 * nfsmix_names.h.
 */
#ifndef NFSMIX_CALLS_H
#define NFSMIX_CALLS_H

#include <stdlib.h>

#include <nfsc/libnfs.h>
#include <nfsc/libnfs-raw.h>
#include <nfsc/libnfs-raw-nfs.h>

#include "bench/nfs_mix.h"
#include "bench/plugin/nfsmix.h"

/* Every answer begins with its status.  Returns whether it is @want. */
static bool status_is(struct client *c, const void *answer, nfsstat3 want)
{
	nfsstat3 got = *(const nfsstat3 *)answer;

	if (got == want)
		return true;
	mix_fail(c, "status %d (%s), expected %d", got, nfsstat3_to_str(got),
		 want);
	return false;
}

/* libnfs could not queue a call; that is no fault of the server's. */
static bool asked(struct client *c, int err)
{
	if (err)
		mix_fail(c, "%s", rpc_get_error(c->rpc));
	return true;
}

static void check_attributes(struct client *c, const struct object *what,
			     const post_op_attr *attr)
{
	const fattr3 *a = &attr->post_op_attr_u.attributes;

	if (!attr->attributes_follow)
		return;
	if ((uint32_t)a->type != what->type || a->uid != c->uid ||
	    (what->type != NF3LNK && (a->mode & 07777) != what->mode))
		mix_fail(c, "type %d, mode %o, uid %u; expected %u, %o, %u",
			 a->type, a->mode, a->uid, what->type, what->mode,
			 c->uid);
	else if (what->type != NF3DIR && a->nlink != what->links)
		mix_fail(c, "%u links, expected %u", a->nlink, what->links);
	else if (what->type == NF3REG &&
		 a->size != (uint64_t)what->units * UNIT_BYTES)
		mix_fail(c, "size %llu, expected %u",
			 (unsigned long long)a->size, what->units * UNIT_BYTES);
}

/* Any inode of this type; false if there is none.  Type 0 is any. */
static bool pick(struct client *c, uint8_t type)
{
	uint32_t at = mix_dice(c, OBJECTS_MAX);
	uint32_t i;

	for (i = 0; i < OBJECTS_MAX; i++) {
		c->what = &c->object[(at + i) % OBJECTS_MAX];
		if (c->what->links && (!type || c->what->type == type))
			return true;
	}
	return false;
}

/* How the units of a file come to be. */
static void cut(struct object *what, uint32_t units)
{
	for (; what->units > units; what->units--)
		what->written[what->units - 1] = 0;
	what->units = units;
}

static void check_verifier(struct client *c, const char *verifier)
{
	if (c->verified && memcmp(c->verifier, verifier, sizeof(c->verifier)))
		mix_fail(c, "the write verifier has changed");
	memcpy(c->verifier, verifier, sizeof(c->verifier));
	c->verified = true;
}

static bool begin_getattr(struct client *c)
{
	GETATTR3args args;

	if (!pick(c, 0))
		return false;
	args.object = handle_give(&c->what->handle);
	return asked(c, rpc_nfs3_getattr_async(c->rpc, mix_answered, &args, c));
}

static void end_getattr(struct client *c, void *answer)
{
	const GETATTR3res *res = answer;
	post_op_attr attr = { .attributes_follow = 1 };

	if (!status_is(c, answer, NFS3_OK))
		return;
	attr.post_op_attr_u.attributes = res->GETATTR3res_u.resok.obj_attributes;
	check_attributes(c, c->what, &attr);
}

static bool begin_access(struct client *c)
{
	ACCESS3args args = { .access = 0x3f };

	if (!pick(c, NF3REG))
		return false;
	args.object = handle_give(&c->what->handle);
	return asked(c, rpc_nfs3_access_async(c->rpc, mix_answered, &args, c));
}

static void end_access(struct client *c, void *answer)
{
	const ACCESS3resok *ok = &((ACCESS3res *)answer)->ACCESS3res_u.resok;
	uint32_t want = ACCESS3_READ | ACCESS3_MODIFY | ACCESS3_EXTEND;

	if (!status_is(c, answer, NFS3_OK))
		return;
	if (c->what->mode & 0100)
		want |= ACCESS3_EXECUTE;
	if (ok->access != want)
		mix_fail(c, "access %#x, expected %#x", ok->access, want);
	check_attributes(c, c->what, &ok->obj_attributes);
}

/* Modes and sizes; each leaves the other alone. */
static bool begin_setattr(struct client *c)
{
	static const uint32_t modes[] = { 0600, 0640, 0644, 0700, 0755 };
	SETATTR3args args;

	if (!pick(c, NF3REG))
		return false;
	memset(&args, 0, sizeof(args));
	args.object = handle_give(&c->what->handle);
	c->choice = mix_dice(c, 2);
	c->mode = modes[mix_dice(c, 5)];
	c->count = mix_dice(c, UNITS_MAX + 1);
	if (c->choice) {
		args.new_attributes.mode.set_it = 1;
		args.new_attributes.mode.set_mode3_u.mode = c->mode;
	} else {
		args.new_attributes.size.set_it = 1;
		args.new_attributes.size.set_size3_u.size =
			c->count * UNIT_BYTES;
	}
	return asked(c, rpc_nfs3_setattr_async(c->rpc, mix_answered, &args, c));
}

static void end_setattr(struct client *c, void *answer)
{
	const SETATTR3res *res = answer;

	if (!status_is(c, answer, NFS3_OK))
		return;
	if (c->choice)
		c->what->mode = c->mode;
	else
		cut(c->what, c->count);
	check_attributes(c, c->what, &res->SETATTR3res_u.resok.obj_wcc.after);
}

/* Also behind the end. */
static bool begin_read(struct client *c)
{
	READ3args args;

	if (!pick(c, NF3REG))
		return false;
	c->from = mix_dice(c, c->what->units + 3);
	c->count = 1 + mix_dice(c, UNITS_MAX);
	args.file = handle_give(&c->what->handle);
	args.offset = (uint64_t)c->from * UNIT_BYTES;
	args.count = c->count * UNIT_BYTES;
	return asked(c, rpc_nfs3_read_async(c->rpc, mix_answered, &args, c));
}

static void end_read(struct client *c, void *answer)
{
	const READ3resok *ok = &((READ3res *)answer)->READ3res_u.resok;
	const struct object *what = c->what;
	uint32_t left = what->units > c->from ? what->units - c->from : 0;
	uint32_t count = left < c->count ? left : c->count;
	char unit[UNIT_BYTES];
	uint32_t i;

	if (!status_is(c, answer, NFS3_OK))
		return;
	if (ok->count != count * UNIT_BYTES || ok->data.data_len != ok->count ||
	    !ok->eof != (c->count < left)) {
		mix_fail(c, "%u bytes, eof %u; expected %u, %u", ok->count,
			 ok->eof, count * UNIT_BYTES, c->count >= left);
		return;
	}
	for (i = 0; i < count; i++) {
		uint32_t place = c->from + i;

		unit_fill(unit, c, what, place, what->written[place]);
		if (memcmp(unit, ok->data.data_val + i * UNIT_BYTES,
			   UNIT_BYTES)) {
			mix_fail(c, "other data than was written, file %u unit %u write %u",
				 what->number, place, what->written[place]);
			return;
		}
	}
	check_attributes(c, what, &ok->file_attributes);
}

/* Few of them stable, for these wait for a disk. */
static bool begin_write(struct client *c)
{
	static char data[UNITS_MAX * UNIT_BYTES];
	uint32_t stable = mix_dice(c, 40);
	WRITE3args args;
	uint32_t i;

	if (!pick(c, NF3REG))
		return false;
	c->from = mix_dice(c, UNITS_MAX);
	c->count = 1 + mix_dice(c, UNITS_MAX - c->from);
	c->writes++;
	for (i = 0; i < c->count; i++)
		unit_fill(data + i * UNIT_BYTES, c, c->what, c->from + i,
			  c->writes);
	args.file = handle_give(&c->what->handle);
	args.offset = c->from * UNIT_BYTES;
	args.count = c->count * UNIT_BYTES;
	args.stable = stable < 2 ? FILE_SYNC - stable : UNSTABLE;
	args.data.data_len = args.count;
	args.data.data_val = data;
	c->choice = args.stable;
	return asked(c, rpc_nfs3_write_async(c->rpc, mix_answered, &args, c));
}

static void end_write(struct client *c, void *answer)
{
	const WRITE3resok *ok = &((WRITE3res *)answer)->WRITE3res_u.resok;
	uint32_t i;

	if (!status_is(c, answer, NFS3_OK))
		return;
	if (ok->count != c->count * UNIT_BYTES ||
	    (uint32_t)ok->committed < c->choice)
		mix_fail(c, "%u bytes written, %u stable; expected %u, %u",
			 ok->count, ok->committed, c->count * UNIT_BYTES,
			 c->choice);
	for (i = 0; i < c->count; i++)
		c->what->written[c->from + i] = c->writes;
	if (c->what->units < c->from + c->count)
		c->what->units = c->from + c->count;
	check_verifier(c, ok->verf);
	check_attributes(c, c->what, &ok->file_wcc.after);
}

static bool begin_commit(struct client *c)
{
	COMMIT3args args = { .offset = 0 };

	if (!pick(c, NF3REG))
		return false;
	args.file = handle_give(&c->what->handle);
	return asked(c, rpc_nfs3_commit_async(c->rpc, mix_answered, &args, c));
}

static void end_commit(struct client *c, void *answer)
{
	const COMMIT3resok *ok = &((COMMIT3res *)answer)->COMMIT3res_u.resok;

	if (!status_is(c, answer, NFS3_OK))
		return;
	check_verifier(c, ok->verf);
	check_attributes(c, c->what, &ok->file_wcc.after);
}

static void target_of(const struct object *what, char target[32])
{
	snprintf(target, 32, "to %u", what->number);
}

static bool begin_readlink(struct client *c)
{
	READLINK3args args;

	if (!pick(c, NF3LNK))
		return false;
	args.symlink = handle_give(&c->what->handle);
	return asked(c, rpc_nfs3_readlink_async(c->rpc, mix_answered, &args,
						c));
}

static void end_readlink(struct client *c, void *answer)
{
	const READLINK3resok *ok =
		&((READLINK3res *)answer)->READLINK3res_u.resok;
	char target[32];

	if (!status_is(c, answer, NFS3_OK))
		return;
	target_of(c->what, target);
	if (strcmp(ok->data, target))
		mix_fail(c, "link to \"%s\", expected \"%s\"", ok->data,
			 target);
}

static bool begin_fsstat(struct client *c)
{
	FSSTAT3args args = { .fsroot = handle_give(&c->root) };

	return asked(c, rpc_nfs3_fsstat_async(c->rpc, mix_answered, &args, c));
}

static void end_fsstat(struct client *c, void *answer)
{
	const FSSTAT3resok *ok = &((FSSTAT3res *)answer)->FSSTAT3res_u.resok;

	if (status_is(c, answer, NFS3_OK) && ok->fbytes > ok->tbytes)
		mix_fail(c, "more bytes are free than there are");
}

#include "bench/plugin/nfsmix_names.h"

static const struct call calls[] = {
	{ "GETATTR", 12, begin_getattr, end_getattr },
	{ "SETATTR", 5, begin_setattr, end_setattr },
	{ "LOOKUP", 10, begin_lookup, end_lookup },
	{ "ACCESS", 5, begin_access, end_access },
	{ "READLINK", 2, begin_readlink, end_readlink },
	{ "READ", 24, begin_read, end_read },
	{ "WRITE", 18, begin_write, end_write },
	{ "CREATE", 9, begin_create, end_create },
	{ "MKDIR", 1, begin_mkdir, end_made },
	{ "SYMLINK", 1, begin_symlink, end_made },
	{ "MKNOD", 1, begin_mknod, end_made },
	{ "REMOVE", 6, begin_remove, end_remove },
	{ "RMDIR", 1, begin_rmdir, end_remove },
	{ "RENAME", 6, begin_rename, end_rename },
	{ "LINK", 3, begin_link, end_link },
	{ "READDIR", 2, begin_readdir, end_readdir },
	{ "READDIRPLUS", 2, begin_readdirplus, end_readdirplus },
	{ "FSSTAT", 1, begin_fsstat, end_fsstat },
	{ "COMMIT", 3, begin_commit, end_commit },
};

static const struct call *call_choose(struct client *c)
{
	uint32_t sides = 0;
	uint32_t at;
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		sides += calls[i].weight;
	at = mix_dice(c, sides);
	for (i = 0; at >= calls[i].weight; i++)
		at -= calls[i].weight;
	return &calls[i];
}

#endif /* NFSMIX_CALLS_H */
