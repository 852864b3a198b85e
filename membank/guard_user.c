// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Protection keys of x86 (pkeys(7)).  The register is PKRU: two bits a key,
 * the lower one forbids all access, the upper one writing.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <linux/compiler.h>

#include "membank/guard.h"

#define KEYS		(SL_GUARD_KEYS_MAX + 1)	/* key 0 is everybody's */
#define DENY(key)	(3u << 2 * (key))
#define UNKNOWN		(~0u)	/* no register has this: it denies key 0 */
#define STACK_BYTES	32768	/* of a handler; the widest registers fit */

/* Under the mutex; a name is also read by the handler. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char names[KEYS][32];
static u32 taken;		/* keys, as bits */
static struct sigaction before;

/* What the thread has, and for whom. */
static __thread u32 held = UNKNOWN;
static __thread const char *running;
static __thread char handler_stack[STACK_BYTES];

#if defined(__x86_64__)
#include <cpuid.h>

/* Processor and system both: bit 4 says that the system has switched it on. */
static bool has_keys(void)
{
	u32 a, b, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && c >> 4 & 1;
}

static u32 read_register(void)
{
	u32 word, zero;

	asm volatile("rdpkru" : "=a"(word), "=d"(zero) : "c"(0));
	return word;
}

/* Nothing may be moved across it, by the compiler or by the processor. */
static void write_register(u32 word)
{
	asm volatile("wrpkru" : : "a"(word), "c"(0), "d"(0) : "memory");
}

static bool was_write(const ucontext_t *context)
{
	return context->uc_mcontext.gregs[REG_ERR] & 2;
}
#else
static bool has_keys(void)
{
	return false;
}

static u32 read_register(void)
{
	return 0;
}

static void write_register(u32 word)
{
	(void)word;
}

static bool was_write(const ucontext_t *context)
{
	(void)context;
	return false;
}
#endif

/* A line made of parts, for a handler may call next to nothing. */
struct line {
	char text[512];
	u32 used;
};

static void add(struct line *line, const char *text)
{
	while (*text && line->used < sizeof(line->text) - 1)
		line->text[line->used++] = *text++;
}

static void add_address(struct line *line, uintptr_t address)
{
	char digits[2 * sizeof(address) + 1] = "";
	u32 at = sizeof(digits) - 1;

	do
		digits[--at] = "0123456789abcdef"[address & 15];
	while (address >>= 4);
	add(line, "0x");
	add(line, &digits[at]);
}

static void report(const siginfo_t *info, const ucontext_t *context)
{
	struct line line = { .used = 0 };
	ssize_t written;

	add(&line, "sluice: isolate: stage '");
	add(&line, running ? running : "(none)");
	add(&line, was_write(context) ? "' writes to" : "' reads");
	add(&line, " the memory of '");
	add(&line, names[info->si_pkey]);
	add(&line, "' at ");
	add_address(&line, (uintptr_t)info->si_addr);
	add(&line, ", and gets no events from there; mend the stage, join the "
		   "two by an edge that passes, or give both the same bank\n");
	written = write(STDERR_FILENO, line.text, line.used);
	(void)written;
}

/*
 * The access is tried again when this returns, and then ends the process as
 * if there were no handler, with a core file that shows where.
 */
static void handle(int signal, siginfo_t *info, void *context)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };

	if (info->si_code != SEGV_PKUERR || info->si_pkey >= KEYS ||
	    !names[info->si_pkey][0]) {
		sigaction(signal, &before, NULL);
		if (info->si_code <= 0)
			raise(signal);	/* sent by somebody: not tried again */
		return;
	}
	report(info, context);
	sigaction(signal, &standard, NULL);
}

/* The handler has only key 0, and a stage's stack may be about to end. */
static void prepare_thread(void)
{
	stack_t stack = { .ss_sp = handler_stack, .ss_size = STACK_BYTES };
	stack_t old;

	if (!sigaltstack(NULL, &old) && old.ss_flags & SS_DISABLE)
		sigaltstack(&stack, NULL);
}

/**
 * sl_guard_enter() - have these keys from now on
 * @rights: word of sl_guard_rights()
 * @who: name of the stage that runs, kept until the next call
 *
 * Touches the register, which takes some ten nanoseconds, only if the thread
 * has other keys now.
 */
void sl_guard_enter(u32 rights, const char *who)
{
	running = who;
	if (held == rights)
		return;
	if (unlikely(held == UNKNOWN))
		prepare_thread();
	held = rights;
	write_register(rights);
}

/**
 * sl_guard_probe() - has this machine got keys
 *
 * Return: 0, -EOPNOTSUPP if not, -ENOSPC if others have taken them all, ...
 */
int sl_guard_probe(void)
{
	int key;

	if (!has_keys())
		return -EOPNOTSUPP;
	key = pkey_alloc(0, 0);
	if (key < 0)
		return -errno;
	/* That has changed the register. */
	held = UNKNOWN;
	pkey_free(key);
	return 0;
}

static int watch(void)
{
	struct sigaction action = {
		.sa_sigaction = handle,
		.sa_flags = SA_SIGINFO | SA_ONSTACK,
	};

	sigemptyset(&action.sa_mask);
	return sigaction(SIGSEGV, &action, &before) ? -errno : 0;
}

/**
 * sl_guard_take() - take a key; the calling thread has it
 * @name: what to call the memory under it
 *
 * Return: the key, 1 to 15, -ENOSPC if there are no more, or another errno.
 */
int sl_guard_take(const char *name)
{
	int key, err = 0;

	if (!has_keys())
		return -EOPNOTSUPP;
	key = pkey_alloc(0, 0);
	if (key < 0)
		return -errno;
	held = UNKNOWN;
	pthread_mutex_lock(&mutex);
	if (!taken)
		err = watch();
	if (!err) {
		strncpy(names[key], name, sizeof(names[key]) - 1);
		taken |= 1u << key;
	}
	pthread_mutex_unlock(&mutex);
	if (err)
		pkey_free(key);
	return err ? err : key;
}

/**
 * sl_guard_cover() - put memory under a key
 * @key: key that the calling thread has
 * @memory: start of a page
 * @bytes: whole pages
 *
 * Return: 0 or a negative errno.
 */
int sl_guard_cover(u32 key, void *memory, size_t bytes)
{
	return pkey_mprotect(memory, bytes, PROT_READ | PROT_WRITE, key) ?
		       -errno : 0;
}

/**
 * sl_guard_rights() - a word that stands for some keys
 * @keys: keys, as bits
 *
 * Of the other keys that are taken now it has none; what the thread may do
 * with keys that others have taken in other ways is not touched.
 *
 * Return: the word, for sl_guard_enter().
 */
u32 sl_guard_rights(u32 keys)
{
	u32 word = read_register();
	u32 key;

	pthread_mutex_lock(&mutex);
	for (key = 1; key < KEYS; key++) {
		if (keys >> key & 1)
			word &= ~DENY(key);
		else if (taken >> key & 1)
			word |= DENY(key);
	}
	pthread_mutex_unlock(&mutex);
	return word;
}

/**
 * sl_guard_give() - give a key back
 * @key: key that nothing is under any more
 */
void sl_guard_give(u32 key)
{
	struct sigaction now;

	pkey_free(key);
	pthread_mutex_lock(&mutex);
	memset(names[key], 0, sizeof(names[key]));
	taken &= ~(1u << key);
	if (!taken && !sigaction(SIGSEGV, NULL, &now) &&
	    now.sa_flags & SA_SIGINFO && now.sa_sigaction == handle)
		sigaction(SIGSEGV, &before, NULL);
	pthread_mutex_unlock(&mutex);
}
