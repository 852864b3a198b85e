// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fibres for x86-64 and aarch64 in a few instructions, and for any other
 * machine by way of ucontext, which costs a system call a switch.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/cache.h>
#include <linux/kernel.h>

#include "stages/db/fibre.h"

#if defined(__has_feature)
#define FEATURE(x) __has_feature(x)
#else
#define FEATURE(x) 0
#endif
/* What sanitizers are told, who would take a switch for a broken stack. */
#if defined(__SANITIZE_ADDRESS__) || FEATURE(address_sanitizer)
#include <sanitizer/common_interface_defs.h>
#define ASAN(call) __sanitizer_##call
#else
#define ASAN(call) ((void)0)
#endif
#if defined(__SANITIZE_THREAD__) || FEATURE(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define TSAN(call) __tsan_##call
#else
#define TSAN(call) NULL
#endif

/* Goes on at `to`, having left where to go on here in *from. */
void sl_fibre_switch(void **from, void *to);
static void start(void *fibre);

/* SL_FIBRE_PORTABLE lets the portable way be tested where it is not needed. */
#if defined(__x86_64__) && !defined(SL_FIBRE_PORTABLE)
/*
 * The last jump is no return, because the processor predicts returns by the
 * calls it has seen, and those were made on the other stack.
 */
__asm__(".text\n"
	".p2align 4\n"
	".globl sl_fibre_switch\n"
	".hidden sl_fibre_switch\n"
	".type sl_fibre_switch, @function\n"
	"sl_fibre_switch:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	popq %rcx\n"
	"	jmp *%rcx\n"
	".size sl_fibre_switch, . - sl_fibre_switch\n"
	/* Where a new fibre starts; nobody has called it, which ends traces. */
	".hidden sl_fibre_entry\n"
	".globl sl_fibre_entry\n"
	".type sl_fibre_entry, @function\n"
	"sl_fibre_entry:\n"
	"	.cfi_startproc\n"
	"	.cfi_undefined %rip\n"
	"	movq %rbx, %rdi\n"
	"	call *%r12\n"
	"	ud2\n"
	"	.cfi_endproc\n"
	".size sl_fibre_entry, . - sl_fibre_entry\n");

void sl_fibre_entry(void);

static void prepare(struct sl_fibre *fibre, u8 *top)
{
	u64 *frame = (u64 *)top - 9;	/* so that a call is aligned */

	frame[3] = (u64)start;		/* r12 */
	frame[4] = (u64)fibre;		/* rbx */
	frame[6] = (u64)sl_fibre_entry;
	fibre->stack_pointer = frame;
}

#elif defined(__aarch64__) && !defined(SL_FIBRE_PORTABLE)
__asm__(".text\n"
	".p2align 4\n"
	".globl sl_fibre_switch\n"
	".hidden sl_fibre_switch\n"
	".type sl_fibre_switch, %function\n"
	"sl_fibre_switch:\n"
	"	sub sp, sp, #160\n"
	"	stp x19, x20, [sp, #0]\n"
	"	stp x21, x22, [sp, #16]\n"
	"	stp x23, x24, [sp, #32]\n"
	"	stp x25, x26, [sp, #48]\n"
	"	stp x27, x28, [sp, #64]\n"
	"	stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144]\n"
	"	mov x9, sp\n"
	"	str x9, [x0]\n"
	"	mov sp, x1\n"
	"	ldp x19, x20, [sp, #0]\n"
	"	ldp x21, x22, [sp, #16]\n"
	"	ldp x23, x24, [sp, #32]\n"
	"	ldp x25, x26, [sp, #48]\n"
	"	ldp x27, x28, [sp, #64]\n"
	"	ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144]\n"
	"	add sp, sp, #160\n"
	"	br x30\n"
	".size sl_fibre_switch, . - sl_fibre_switch\n"
	".hidden sl_fibre_entry\n"
	".globl sl_fibre_entry\n"
	".type sl_fibre_entry, %function\n"
	"sl_fibre_entry:\n"
	"	.cfi_startproc\n"
	"	.cfi_undefined x30\n"
	"	mov x0, x19\n"
	"	blr x20\n"
	"	brk #1\n"
	"	.cfi_endproc\n"
	".size sl_fibre_entry, . - sl_fibre_entry\n");

void sl_fibre_entry(void);

static void prepare(struct sl_fibre *fibre, u8 *top)
{
	u64 *frame = (u64 *)top - 20;

	frame[0] = (u64)fibre;		/* x19 */
	frame[1] = (u64)start;		/* x20 */
	frame[11] = (u64)sl_fibre_entry;	/* x30 */
	fibre->stack_pointer = frame;
}

#else
#include <ucontext.h>

/* Either side's context lies on its own stack while it is away. */
void sl_fibre_switch(void **from, void *to)
{
	ucontext_t here;
	void *mine = &here;

	*from = mine;
	swapcontext(&here, to);
}

static void entry(u32 low, u32 high)
{
	start((void *)(uintptr_t)((u64)high << 32 | low));
}

static void prepare(struct sl_fibre *fibre, u8 *top)
{
	size_t room = ALIGN(sizeof(ucontext_t), (size_t)64);
	ucontext_t *context = (ucontext_t *)(top - room);
	u64 address = (uintptr_t)fibre;

	getcontext(context);
	context->uc_stack.ss_sp = fibre->stack;
	context->uc_stack.ss_size = (u8 *)context - fibre->stack;
	context->uc_link = NULL;
	makecontext(context, (void (*)(void))entry, 2, (u32)address,
		    (u32)(address >> 32));
	fibre->stack_pointer = context;
}
#endif

static void go_back(struct sl_fibre *fibre)
{
	/* A fibre that never comes back has its fake stack freed. */
	ASAN(start_switch_fiber(fibre->ended ? NULL : &fibre->fake_stack,
				fibre->host_stack, fibre->host_stack_bytes));
	(void)TSAN(switch_to_fiber(fibre->host_thread, 0));
	sl_fibre_switch(&fibre->stack_pointer, fibre->host_pointer);
	ASAN(finish_switch_fiber(fibre->fake_stack, &fibre->host_stack,
				 &fibre->host_stack_bytes));
}

static void start(void *arg)
{
	struct sl_fibre *fibre = arg;

	ASAN(finish_switch_fiber(NULL, &fibre->host_stack,
				 &fibre->host_stack_bytes));
	fibre->run(fibre->arg);
	fibre->ended = true;
	go_back(fibre);
}

/**
 * sl_fibre_open() - map a stack for a function
 * @fibre: where to put it
 * @stack_bytes: size of the stack; only what is used of it takes memory
 * @run: function to run on it when it is first resumed
 * @arg: its argument
 *
 * Return: 0 or -ENOMEM.
 */
int sl_fibre_open(struct sl_fibre *fibre, size_t stack_bytes,
		  void (*run)(void *arg), void *arg)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t bytes = ALIGN(stack_bytes, page) + 2 * page;
	u8 *stack;
	u8 *top;

	stack = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK,
		     -1, 0);
	if (stack == MAP_FAILED)
		return -ENOMEM;
	if (mprotect(stack, page, PROT_NONE)) {
		munmap(stack, bytes);
		return -ENOMEM;
	}
	*fibre = (struct sl_fibre){
		.run = run,
		.arg = arg,
		.stack = stack,
		.stack_bytes = bytes,
		.thread = TSAN(create_fiber(0)),
	};
	/*
	 * Stacks would start at the same place of a page, and their busiest
	 * lines fight for the same few places of the cache, were they not
	 * moved apart; the page above is for that.
	 */
	top = stack + bytes - ((uintptr_t)stack / page % 16) * (page / 16);
	prepare(fibre, top);
	return 0;
}

/**
 * sl_fibre_close() - unmap the stack
 * @fibre: one that is not running; if it has not ended it never will
 */
void sl_fibre_close(struct sl_fibre *fibre)
{
	(void)TSAN(destroy_fiber(fibre->thread));
	munmap(fibre->stack, fibre->stack_bytes);
	fibre->stack = NULL;
}

/**
 * sl_fibre_resume() - run a fibre until it yields or ends
 * @fibre: one that is not running and has not ended
 */
void sl_fibre_resume(struct sl_fibre *fibre)
{
	ASAN(start_switch_fiber(&fibre->host_fake_stack, fibre->stack,
				fibre->stack_bytes));
	fibre->host_thread = TSAN(get_current_fiber());
	(void)TSAN(switch_to_fiber(fibre->thread, 0));
	sl_fibre_switch(&fibre->host_pointer, fibre->stack_pointer);
	ASAN(finish_switch_fiber(fibre->host_fake_stack, NULL, NULL));
}

/**
 * sl_fibre_yield() - go back to the host until it resumes the fibre
 * @fibre: the running one
 */
void sl_fibre_yield(struct sl_fibre *fibre)
{
	go_back(fibre);
}
