/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Part of nfsmix_calls.h: calls about names. */
#ifndef NFSMIX_NAMES_H
#define NFSMIX_NAMES_H

#define NAME_ROOM	16

/* Argument of a call about a name of the client's directory. */
static diropargs3 place_of(struct client *c, uint32_t number,
			   char name[NAME_ROOM])
{
	snprintf(name, NAME_ROOM, "name%u", number % NAMES_MAX);
	return (diropargs3){ handle_give(&c->root), name };
}

/* A name that is there, or one that is not; false if there is none such. */
static bool pick_name(struct client *c, bool there, uint32_t *number)
{
	uint32_t at = mix_dice(c, NAMES_MAX);
	uint32_t i;

	for (i = 0; i < NAMES_MAX; i++) {
		*number = (at + i) % NAMES_MAX;
		if (!c->name[*number] == !there)
			return true;
	}
	return false;
}

static bool begin_lookup(struct client *c)
{
	LOOKUP3args args;
	char name[NAME_ROOM];

	c->from = mix_dice(c, NAMES_MAX);
	c->what = c->name[c->from];
	args.what = place_of(c, c->from, name);
	return asked(c, rpc_nfs3_lookup_async(c->rpc, mix_answered, &args, c));
}

static void end_lookup(struct client *c, void *answer)
{
	const LOOKUP3resok *ok = &((LOOKUP3res *)answer)->LOOKUP3res_u.resok;

	if (!status_is(c, answer, c->what ? NFS3_OK : NFS3ERR_NOENT) ||
	    !c->what)
		return;
	if (!handle_is(&c->what->handle, &ok->object))
		mix_fail(c, "another handle than before");
	check_attributes(c, c->what, &ok->obj_attributes);
}

/* An inode that is made by the call that begins. */
static void prepare(struct client *c, uint8_t type, uint32_t mode)
{
	uint32_t i;

	/* There are as many as names, so where a name is free, so is one. */
	for (i = 0; c->object[i].links; i++)
		;
	c->what = &c->object[i];
	*c->what = (struct object){
		.type = type, .mode = mode, .number = c->made++,
	};
}

/* The answers of CREATE, MKDIR, SYMLINK and MKNOD are the same. */
static void end_made(struct client *c, void *answer)
{
	const CREATE3resok *ok = &((CREATE3res *)answer)->CREATE3res_u.resok;

	if (!status_is(c, answer, NFS3_OK))
		return;
	if (!ok->obj.handle_follows) {
		mix_fail(c, "no handle of what was made");
		return;
	}
	handle_keep(&c->what->handle, &ok->obj.post_op_fh3_u.handle);
	c->what->links = 1;
	c->name[c->from] = c->what;
	check_attributes(c, c->what, &ok->obj_attributes);
}

static void set_mode(sattr3 *attr, uint32_t mode)
{
	memset(attr, 0, sizeof(*attr));
	attr->mode.set_it = 1;
	attr->mode.set_mode3_u.mode = mode;
}

/* Of a name that is there, too, which each way to create sees otherwise. */
static bool begin_create(struct client *c)
{
	CREATE3args args;
	char name[NAME_ROOM];

	c->from = mix_dice(c, NAMES_MAX);
	c->choice = mix_dice(c, 3);
	memset(&args, 0, sizeof(args));
	args.where = place_of(c, c->from, name);
	args.how.mode = c->choice;
	if (c->choice == EXCLUSIVE)
		memcpy(args.how.createhow3_u.verf, &c->dice, 8);
	else
		set_mode(&args.how.createhow3_u.obj_attributes, 0600);
	if (c->name[c->from])
		c->what = NULL;
	else
		prepare(c, NF3REG, 0600);
	return asked(c, rpc_nfs3_create_async(c->rpc, mix_answered, &args, c));
}

static void end_create(struct client *c, void *answer)
{
	const CREATE3resok *ok = &((CREATE3res *)answer)->CREATE3res_u.resok;
	const struct object *old = c->name[c->from];

	if (c->what) {
		end_made(c, answer);
	} else if (c->choice != UNCHECKED || old->type != NF3REG) {
		status_is(c, answer, NFS3ERR_EXIST);
	} else if (status_is(c, answer, NFS3_OK) &&
		   !handle_is(&old->handle, &ok->obj.post_op_fh3_u.handle)) {
		mix_fail(c, "another file than was there");
	}
}

static bool begin_mkdir(struct client *c)
{
	MKDIR3args args;
	char name[NAME_ROOM];

	if (!pick_name(c, false, &c->from))
		return false;
	prepare(c, NF3DIR, 0750);
	args.where = place_of(c, c->from, name);
	set_mode(&args.attributes, 0750);
	return asked(c, rpc_nfs3_mkdir_async(c->rpc, mix_answered, &args, c));
}

static bool begin_symlink(struct client *c)
{
	SYMLINK3args args;
	char target[32];
	char name[NAME_ROOM];

	if (!pick_name(c, false, &c->from))
		return false;
	prepare(c, NF3LNK, 0);
	target_of(c->what, target);
	args.where = place_of(c, c->from, name);
	memset(&args.symlink, 0, sizeof(args.symlink));
	args.symlink.symlink_data = target;
	return asked(c, rpc_nfs3_symlink_async(c->rpc, mix_answered, &args,
					       c));
}

static bool begin_mknod(struct client *c)
{
	MKNOD3args args;
	char name[NAME_ROOM];

	if (!pick_name(c, false, &c->from))
		return false;
	prepare(c, NF3FIFO, 0640);
	memset(&args, 0, sizeof(args));
	args.where = place_of(c, c->from, name);
	args.what.type = NF3FIFO;
	set_mode(&args.what.mknoddata3_u.pipe_attributes, 0640);
	return asked(c, rpc_nfs3_mknod_async(c->rpc, mix_answered, &args, c));
}

/* A name that is gone, or of something else now. */
static void forget(struct client *c, uint32_t number)
{
	struct object *what = c->name[number];

	c->name[number] = NULL;
	if (what)
		what->links--;
}

static bool begin_remove(struct client *c)
{
	REMOVE3args args;
	char name[NAME_ROOM];

	c->from = mix_dice(c, NAMES_MAX);
	c->what = c->name[c->from];
	if (c->what && c->what->type == NF3DIR)
		return false;
	args.object = place_of(c, c->from, name);
	return asked(c, rpc_nfs3_remove_async(c->rpc, mix_answered, &args, c));
}

static void end_remove(struct client *c, void *answer)
{
	if (status_is(c, answer, c->what ? NFS3_OK : NFS3ERR_NOENT))
		forget(c, c->from);
}

static bool begin_rmdir(struct client *c)
{
	RMDIR3args args;
	char name[NAME_ROOM];

	c->from = mix_dice(c, NAMES_MAX);
	c->what = c->name[c->from];
	if (c->what && c->what->type != NF3DIR)
		return false;
	args.object = place_of(c, c->from, name);
	return asked(c, rpc_nfs3_rmdir_async(c->rpc, mix_answered, &args, c));
}

/* To a name that is free, or a file's over a file's. */
static bool begin_rename(struct client *c)
{
	char from[NAME_ROOM], to[NAME_ROOM];
	RENAME3args args;
	const struct object *old;

	c->from = mix_dice(c, NAMES_MAX);
	c->count = mix_dice(c, NAMES_MAX);
	c->what = c->name[c->from];
	old = c->name[c->count];
	if (old && (old->type == NF3DIR || !c->what ||
		    c->what->type == NF3DIR))
		return false;
	args.from = place_of(c, c->from, from);
	args.to = place_of(c, c->count, to);
	return asked(c, rpc_nfs3_rename_async(c->rpc, mix_answered, &args, c));
}

static void end_rename(struct client *c, void *answer)
{
	if (!status_is(c, answer, c->what ? NFS3_OK : NFS3ERR_NOENT))
		return;
	/* Two names of one file stay as they are. */
	if (c->what && c->name[c->count] != c->what) {
		forget(c, c->count);
		c->name[c->count] = c->what;
		c->name[c->from] = NULL;
	}
}

static bool begin_link(struct client *c)
{
	LINK3args args;
	char name[NAME_ROOM];

	if (!pick(c, NF3REG))
		return false;
	c->from = mix_dice(c, NAMES_MAX);
	args.file = handle_give(&c->what->handle);
	args.link = place_of(c, c->from, name);
	return asked(c, rpc_nfs3_link_async(c->rpc, mix_answered, &args, c));
}

static void end_link(struct client *c, void *answer)
{
	const LINK3resok *ok = &((LINK3res *)answer)->LINK3res_u.resok;

	if (c->name[c->from]) {
		status_is(c, answer, NFS3ERR_EXIST);
	} else if (status_is(c, answer, NFS3_OK)) {
		c->name[c->from] = c->what;
		c->what->links++;
		check_attributes(c, c->what, &ok->file_attributes);
	}
}

/* Was every name listed once, and none that is not there? */
static void end_list(struct client *c)
{
	uint32_t i;

	for (i = 0; i < NAMES_MAX; i++)
		if (c->seen[i] != (c->name[i] != NULL))
			mix_fail(c, "name%u is listed %u times, expected %u",
				 i, c->seen[i], c->name[i] != NULL);
}

static void see(struct client *c, const char *name)
{
	uint32_t number = NAMES_MAX;

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return;
	sscanf(name, "name%u", &number);
	if (number < NAMES_MAX)
		c->seen[number]++;
	else
		mix_fail(c, "\"%s\" is listed, which nobody made", name);
}

static bool list(struct client *c, uint64_t cookie)
{
	READDIR3args args = {
		.dir = handle_give(&c->root),
		.cookie = cookie,
		.count = c->count,
	};

	return asked(c, rpc_nfs3_readdir_async(c->rpc, mix_answered, &args, c));
}

static bool begin_readdir(struct client *c)
{
	memset(c->seen, 0, sizeof(c->seen));
	c->count = 300 + mix_dice(c, 1000);
	return list(c, 0);
}

static void end_readdir(struct client *c, void *answer)
{
	const READDIR3resok *ok =
		&((READDIR3res *)answer)->READDIR3res_u.resok;
	const entry3 *entry;
	uint64_t cookie = 0;

	if (!status_is(c, answer, NFS3_OK))
		return;
	for (entry = ok->reply.entries; entry; entry = entry->nextentry) {
		see(c, entry->name);
		cookie = entry->cookie;
	}
	if (ok->reply.eof) {
		end_list(c);
	} else if (!cookie) {
		mix_fail(c, "a listing without entries or an end");
	} else if (c->state == IDLE) {
		c->state = BUSY;
		list(c, cookie);
	}
}

static bool list_plus(struct client *c, uint64_t cookie)
{
	READDIRPLUS3args args = {
		.dir = handle_give(&c->root),
		.cookie = cookie,
		.dircount = c->count / 4,
		.maxcount = c->count,
	};

	return asked(c, rpc_nfs3_readdirplus_async(c->rpc, mix_answered, &args,
						   c));
}

static bool begin_readdirplus(struct client *c)
{
	memset(c->seen, 0, sizeof(c->seen));
	c->count = 1200 + mix_dice(c, 4000);
	return list_plus(c, 0);
}

static void see_plus(struct client *c, const entryplus3 *entry)
{
	uint32_t number = NAMES_MAX;
	struct object *what;

	see(c, entry->name);
	if (sscanf(entry->name, "name%u", &number) != 1 ||
	    number >= NAMES_MAX || !(what = c->name[number]))
		return;
	check_attributes(c, what, &entry->name_attributes);
	if (entry->name_handle.handle_follows &&
	    !handle_is(&what->handle, &entry->name_handle.post_op_fh3_u.handle))
		mix_fail(c, "%s is listed with another handle", entry->name);
}

static void end_readdirplus(struct client *c, void *answer)
{
	const READDIRPLUS3resok *ok =
		&((READDIRPLUS3res *)answer)->READDIRPLUS3res_u.resok;
	const entryplus3 *entry;
	uint64_t cookie = 0;

	if (!status_is(c, answer, NFS3_OK))
		return;
	for (entry = ok->reply.entries; entry; entry = entry->nextentry) {
		see_plus(c, entry);
		cookie = entry->cookie;
	}
	if (ok->reply.eof) {
		end_list(c);
	} else if (!cookie) {
		mix_fail(c, "a listing without entries or an end");
	} else if (c->state == IDLE) {
		c->state = BUSY;
		list_plus(c, cookie);
	}
}

#endif /* NFSMIX_NAMES_H */
