// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/log2.h>

#include "stages/fs/caller_user.h"
#include "stages/stage.h"

/* Those that let one do what one may not; leaving root must take them. */
#define OVERRIDES                                                              \
	(1u << CAP_CHOWN | 1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH | \
	 1u << CAP_FOWNER | 1u << CAP_FSETID | 1u << CAP_MKNOD)

#define NOBODY	65534u

static int get_caps(struct __user_cap_header_struct *head,
		    struct __user_cap_data_struct caps[2])
{
	*head = (struct __user_cap_header_struct){
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	return syscall(SYS_capget, head, caps) ? -errno : 0;
}

/*
 * The system calls themselves, for the C library's would change every thread
 * of the process.  Two of them do not tell of a failure, but who one was.
 */
static int change(u32 uid, u32 gid, const u32 *group, u32 group_count)
{
	if (syscall(SYS_setgroups, group_count, group))
		return -errno;
	syscall(SYS_setfsgid, gid);
	syscall(SYS_setfsuid, uid);
	if ((u32)syscall(SYS_setfsgid, -1) != gid ||
	    (u32)syscall(SYS_setfsuid, -1) != uid)
		return -EACCES;
	return 0;
}

/*
 * Callers have taken their umask off already.  Threads share theirs, so this
 * one gets one of its own first, unless a sandbox does not let it.
 */
static bool own_umask(void)
{
	static __thread bool own;

	if (!own)
		own = !unshare(CLONE_FS);
	return own;
}

bool sl_callers_same(const struct sl_file_caller *a,
		     const struct sl_file_caller *b)
{
	u32 groups = min_t(u32, a->group_count, SL_FILE_GROUPS_MAX);

	return a->known == b->known && a->uid == b->uid && a->gid == b->gid &&
	       a->group_count == b->group_count &&
	       !memcmp(a->group, b->group, groups * sizeof(a->group[0]));
}

/**
 * sl_callers_id() - a number for a caller
 * @callers: the stage's
 * @caller: any caller
 *
 * Return: the same for the same uid, gid and groups, another one for others;
 * 0 for the pipeline itself.
 */
u64 sl_callers_id(const struct sl_callers *callers,
		  const struct sl_file_caller *caller)
{
	u32 words[2 + SL_FILE_GROUPS_MAX] = { caller->uid, caller->gid };
	u32 groups = min_t(u32, caller->group_count, SL_FILE_GROUPS_MAX);

	if (!caller->known)
		return 0;
	memcpy(words + 2, caller->group, groups * sizeof(words[0]));
	return siphash(words, (2 + groups) * sizeof(words[0]),
		       &callers->key) | 1;
}

/**
 * sl_callers_become() - be a caller, on this thread
 * @callers: the stage's
 * @caller: whose identity to take
 *
 * Return: 0, -EACCES if this process cannot be that one, or another negative
 * errno; then the thread may do less than before, but not more.
 */
int sl_callers_become(struct sl_callers *callers,
		      const struct sl_file_caller *caller)
{
	int err;

	if (!caller->known)
		return sl_callers_self(callers);
	if (callers->switched && sl_callers_same(&callers->now, caller))
		return 0;
	if (caller->group_count > SL_FILE_GROUPS_MAX)
		return -EINVAL;
	if (!callers->able)
		return caller->uid == callers->uid ? 0 : -EACCES;
	err = sl_callers_self(callers);
	if (err)
		return err;
	callers->unmasked = own_umask();
	if (callers->unmasked)
		callers->umask = umask(0);
	callers->switched = true;
	callers->switches++;
	err = change(caller->uid, caller->gid, caller->group,
		     caller->group_count);
	callers->now = *caller;
	if (err) {
		/* Half of a change is nobody's identity. */
		callers->now.known = false;
		sl_callers_return(callers);
	}
	return err == -EINVAL ? -EACCES : err;
}

int sl_callers_return(struct sl_callers *callers)
{
	int err = change(callers->uid, callers->gid, callers->group,
			 callers->group_count);

	/* The host has no other reason to refuse. */
	if (WARN_ON_ONCE(err))
		return -ENOMEM;
	if (callers->switched && callers->unmasked)
		umask(callers->umask);
	callers->switched = false;
	return 0;
}

/**
 * sl_callers_right() - where to remember what a caller may do
 * @callers: the stage's
 * @version: of the inode's entry
 * @caller: number of the caller
 *
 * Return: what is known of the two; nothing yet, perhaps.
 */
struct sl_right *sl_callers_right(struct sl_callers *callers, u64 version,
				  u64 caller)
{
	u64 mixed = (caller ^ version) * 0x9e3779b97f4a7c15u;
	struct sl_right *right;

	right = &callers->right[mixed >> 32 & callers->right_mask];
	if (right->version != version || right->caller != caller)
		*right = (struct sl_right){ version, caller, 0, 0 };
	return right;
}

/**
 * sl_callers_ask() - ask the host what a caller may do
 * @callers: the stage's
 * @right: where to put it
 * @caller: the caller
 * @fd: descriptor of the inode
 * @want: which rights, S_IROTH, S_IWOTH, S_IXOTH
 *
 * Return: 0, or a negative errno if the host would not tell.
 */
int sl_callers_ask(struct sl_callers *callers, struct sl_right *right,
		   const struct sl_file_caller *caller, int fd, u8 want)
{
	u8 bit;

	for (bit = S_IROTH; bit; bit >>= 1) {
		int err;

		if (!(want & bit & ~right->known))
			continue;
		err = sl_callers_become(callers, caller);
		if (err)
			return err;
		if (!syscall(SYS_faccessat2, fd, "", bit,
			     AT_EMPTY_PATH | AT_EACCESS))
			right->may |= bit;
		else if (errno != EACCES && errno != EROFS && errno != EPERM)
			return -errno;
		right->known |= bit;
	}
	return 0;
}

/* Leaving root must not leave its powers behind; a sandbox may see to that. */
static bool powerless(void)
{
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct caps[2];

	return !get_caps(&head, caps) && !(caps[0].effective & OVERRIDES);
}

static bool try(struct sl_callers *callers)
{
	bool works;

	if (callers->uid)
		return false;
	works = !change(NOBODY, NOBODY, NULL, 0) && powerless();
	return !sl_callers_return(callers) && works;
}

/*
 * Quotas hold for nobody who may ignore them.  Threads that are made later
 * inherit this, among them the one that writes.
 */
static void keep_quotas(void)
{
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct caps[2];

	if (get_caps(&head, caps))
		return;
	caps[0].effective &= ~(1u << CAP_SYS_RESOURCE);
	syscall(SYS_capset, &head, caps);
}

/**
 * sl_callers_open() - find out who we are and whom we can be
 * @callers: where to put it
 * @stage: the fs stage
 * @rights: how many rights to remember
 *
 * Return: 0 or a negative errno.
 */
int sl_callers_open(struct sl_callers *callers, struct sl_stage *stage,
		    u32 rights)
{
	int count = getgroups(0, NULL);

	rights = roundup_pow_of_two(rights);
	if (count < 0)
		return -errno;
	*callers = (struct sl_callers){
		.uid = geteuid(),
		.gid = getegid(),
		.right_mask = rights - 1,
	};
	if (getrandom(&callers->key, sizeof(callers->key), 0) !=
	    sizeof(callers->key))
		return -EIO;
	callers->group = sl_region_carve(stage->region,
					 (count + 1) * sizeof(u32));
	callers->right = sl_region_carve(stage->region,
					 rights * sizeof(struct sl_right));
	if (!callers->group || !callers->right)
		return -ENOMEM;
	count = getgroups(count, callers->group);
	if (count < 0)
		return -errno;
	callers->group_count = count;
	callers->able = try(callers);
	if (callers->able)
		keep_quotas();
	return 0;
}
