// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * /dev/sluice: each open() is a session of stages/kernel/device.h, with a
 * pipeline of its own, gate -> buffer, on a kernel thread or two.
 *
 * The file keeps the session: mappings hold the file, so when release() comes
 * no process sees the memory any more, and nobody calls.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/topology.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "sched/device_kmod.h"
#include "sched/pipeline.h"
#include "stages/kernel/buffer.h"
#include "stages/kernel/gate.h"
#include "stages/kernel/memory_kmod.h"

/* Should a CPU go away, its threads move, and S2 may miss them once. */
#define LOOK_NS		100000000

static uint sessions = 16;
module_param(sessions, uint, 0644);
MODULE_PARM_DESC(sessions, "how many may be open at once on /dev/sluice");

static atomic_t session_count;

/* To spread sessions; how many have their gate on a CPU. */
static DEFINE_PER_CPU(atomic_t, gate_count);

enum state { CLOSED, OPENING, OPEN };

struct visit {
	struct sl_session session;	/* first, so that it leads here */
	/* Constant once the state is OPEN. */
	int state;
	int cpu;
	struct sl_memory memory;
	struct sl_gate_options options;
	struct sl_pipeline *pipeline;
	struct sl_stage *gate;

	struct mm_struct *mm;		/* of the process that maps it */
	struct mutex waiting;
	struct wait_queue_head bell;	/* rung when there are answers */
};

static void pass_barrier(void *unused)
{
	smp_mb();
}

static bool runs_on(int cpu, void *mm)
{
	return cpumask_test_cpu(cpu, mm_cpumask(mm));
}

/*
 * S2 of the gate.  A thread of the process that is not on a CPU of the mask
 * has passed a barrier when it left it, or will when it enters.  Where the
 * architecture keeps no mask, it is empty.
 */
static void fence(struct sl_session *session)
{
	/* Pairs with the exchange in device_mmap(). */
	struct mm_struct *mm = smp_load_acquire(
		&container_of(session, struct visit, session)->mm);

	smp_mb();	/* the flag before the mask; pairs with switch_mm() */
	if (!mm)
		return;
	if (cpumask_empty(mm_cpumask(mm)))
		smp_call_function(pass_barrier, NULL, 1);
	else
		on_each_cpu_cond(runs_on, pass_barrier, mm, 1);
}

static void wake(struct sl_session *session)
{
	wake_up(&container_of(session, struct visit, session)->bell);
}

static const struct sl_session_host session_host = {
	.fence = fence,
	.wake = wake,
};

/* Takes the CPU asked for, or one with few gates that is not the caller's. */
static int choose_cpu(s32 wanted)
{
	int here = raw_smp_processor_id();
	int best = here;
	int cpu;

	if (wanted != SL_DEVICE_ANY)
		return wanted >= 0 && (u32)wanted < nr_cpu_ids &&
		       cpu_online(wanted) ? wanted : -EINVAL;
	for_each_online_cpu(cpu) {
		if (cpu == here)
			continue;
		if (best == here || atomic_read(&per_cpu(gate_count, cpu)) <
				    atomic_read(&per_cpu(gate_count, best)))
			best = cpu;
	}
	return best;
}

static int make_pipeline(struct visit *visit, int cpu, int work_cpu)
{
	struct {
		struct sl_graph graph;
		struct sl_plan plan;
	} *draft = kvzalloc(sizeof(*draft), GFP_KERNEL);
	struct sl_graph *graph;
	u16 cpus[2] = { cpu, work_cpu };
	int err;

	if (!draft)
		return -ENOMEM;
	graph = &draft->graph;
	sl_graph_init(graph, "session");
	graph->poll_ns = visit->session.setup.poll_us * NSEC_PER_USEC;
	visit->options.session = &visit->session;
	sl_graph_add(graph, "gate", &sl_gate_stage, &visit->options);
	sl_graph_add(graph, "buffer", &sl_buffer_stage, NULL);
	sl_graph_join(graph, 0, 1);
	graph->stage[0].place_count = 1;
	graph->stage[0].place[0] = (struct sl_place){ .cpu = cpu };
	graph->stage[1].place_count = 1;
	graph->stage[1].place[0] = (struct sl_place){ .cpu = work_cpu };
	err = sl_plan_make(&draft->plan, graph, cpus,
			   work_cpu == cpu ? 1 : 2);
	if (!err) {
		visit->pipeline = sl_pipeline_open(graph, &draft->plan, NULL);
		err = PTR_ERR_OR_ZERO(visit->pipeline);
	}
	kvfree(draft);
	return err;
}

/* What SETUP does, once the state is OPENING. */
static int set_up(struct visit *visit, struct sl_device_setup *setup,
		  struct sl_device_setup __user *answer)
{
	int cpu = choose_cpu(setup->cpu);
	int work_cpu = cpu;
	int err;

	if (setup->work_cpu != SL_DEVICE_ANY)
		work_cpu = choose_cpu(setup->work_cpu);
	if (cpu < 0 || work_cpu < 0)
		return -EINVAL;
	err = sl_session_layout(setup, PAGE_SIZE);
	if (err)
		return err;
	setup->cpu = cpu;
	setup->work_cpu = work_cpu;
	if (copy_to_user(answer, setup, sizeof(*setup)))
		return -EFAULT;

	err = sl_memory_create(&visit->memory, setup->map_bytes,
			       cpu_to_node(cpu));
	if (err)
		return err;
	err = sl_session_open(&visit->session, setup, visit->memory.address,
			      &session_host);
	if (err)
		goto err_memory;
	err = make_pipeline(visit, cpu, work_cpu);
	if (err)
		goto err_memory;
	visit->cpu = cpu;
	visit->gate = sl_pipeline_stage(visit->pipeline, 0);
	err = sl_pipeline_start(visit->pipeline);
	if (err)
		goto err_pipeline;
	atomic_inc(per_cpu_ptr(&gate_count, cpu));
	return 0;

err_pipeline:
	sl_pipeline_close(visit->pipeline);
err_memory:
	sl_memory_destroy(&visit->memory);
	return err;
}

static long setup_ioctl(struct visit *visit,
			struct sl_device_setup __user *arg)
{
	struct sl_device_setup setup;
	int err;

	if (copy_from_user(&setup, arg, sizeof(setup)))
		return -EFAULT;
	if (cmpxchg(&visit->state, CLOSED, OPENING) != CLOSED)
		return -EBUSY;
	err = set_up(visit, &setup, arg);
	/* Publishes all that is constant; pairs with is_open(). */
	smp_store_release(&visit->state, err ? CLOSED : OPEN);
	return err;
}

static bool is_open(struct visit *visit)
{
	/* Pairs with the release in setup_ioctl(). */
	return smp_load_acquire(&visit->state) == OPEN;
}

static long kick_ioctl(struct visit *visit)
{
	/* First the flag, lest one that is set meanwhile be cleared. */
	WRITE_ONCE(visit->session.control->kernel.sleeping, 0);
	sl_stage_wake(visit->gate);
	return 0;
}

/*
 * S1 to S4 of the process.  Whoever rings clears the flag; and he may have seen
 * it set for a wait that is over.  So who is woken for nothing sets it again.
 */
static void sleep_once(struct visit *visit, u32 slot, s64 left_ns)
{
	struct sl_session *session = &visit->session;

	WRITE_ONCE(session->user_sleeping, 1);
	if (smp_call_function_single(visit->cpu, pass_barrier, NULL, 1))
		smp_call_function(pass_barrier, NULL, 1);
	/* Nobody rings when room comes for answers held back. */
	if (READ_ONCE(visit->gate->counters->held))
		sl_stage_wake(visit->gate);
	wait_event_interruptible_hrtimeout(
		visit->bell, sl_session_answered(session, slot) ||
			     !READ_ONCE(session->user_sleeping),
		ns_to_ktime(min_t(s64, left_ns, LOOK_NS)));
}

static int await_answer(struct visit *visit, u32 slot, s64 timeout_ns)
{
	u64 start = ktime_get_ns();
	s64 left_ns = LOOK_NS;

	while (!sl_session_answered(&visit->session, slot)) {
		if (timeout_ns >= 0)
			left_ns = timeout_ns - (s64)(ktime_get_ns() - start);
		if (left_ns <= 0)
			return -ETIMEDOUT;
		if (signal_pending(current))
			return -EINTR;
		sleep_once(visit, slot, left_ns);
	}
	return 0;
}

static long wait_ioctl(struct visit *visit, struct sl_device_wait __user *arg)
{
	struct sl_device_side *user = &visit->session.control->user;
	struct sl_device_wait wait;
	int err;

	if (copy_from_user(&wait, arg, sizeof(wait)))
		return -EFAULT;
	if (wait.spare)
		return -EINVAL;
	if (!mutex_trylock(&visit->waiting))
		return -EBUSY;
	WRITE_ONCE(user->sleeping, 1);
	err = await_answer(visit, wait.slot, wait.timeout_ns);
	WRITE_ONCE(user->sleeping, 0);
	WRITE_ONCE(visit->session.user_sleeping, 0);
	mutex_unlock(&visit->waiting);
	return err;
}

static long device_ioctl(struct file *file, unsigned int command,
			 unsigned long arg)
{
	struct visit *visit = file->private_data;

	if (command == SL_DEVICE_SETUP)
		return setup_ioctl(visit, (void __user *)arg);
	if (command != SL_DEVICE_KICK && command != SL_DEVICE_WAIT)
		return -ENOTTY;
	if (!is_open(visit))
		return -ENXIO;
	if (command == SL_DEVICE_KICK)
		return kick_ioctl(visit);
	return wait_ioctl(visit, (void __user *)arg);
}

static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct visit *visit = file->private_data;
	struct mm_struct *mm;

	if (!is_open(visit))
		return -ENXIO;
	/* The fence reaches one process, so only one may push. */
	mm = cmpxchg(&visit->mm, NULL, vma->vm_mm);
	if (!mm)
		mmgrab(vma->vm_mm);
	else if (mm != vma->vm_mm)
		return -EBUSY;
	return sl_memory_map(&visit->memory, vma);
}

static int device_open(struct inode *inode, struct file *file)
{
	struct visit *visit;

	if ((file->f_mode & (FMODE_READ | FMODE_WRITE)) !=
	    (FMODE_READ | FMODE_WRITE))
		return -EACCES;
	if (atomic_inc_return(&session_count) > READ_ONCE(sessions)) {
		atomic_dec(&session_count);
		return -EUSERS;
	}
	visit = kzalloc(sizeof(*visit), GFP_KERNEL_ACCOUNT);
	if (!visit) {
		atomic_dec(&session_count);
		return -ENOMEM;
	}
	mutex_init(&visit->waiting);
	init_waitqueue_head(&visit->bell);
	file->private_data = visit;
	return nonseekable_open(inode, file);
}

static int device_release(struct inode *inode, struct file *file)
{
	struct visit *visit = file->private_data;

	if (visit->state == OPEN) {
		/* Nobody is there to take what is under way. */
		sl_pipeline_stop(visit->pipeline, 0);
		sl_pipeline_close(visit->pipeline);
		sl_memory_destroy(&visit->memory);
		atomic_dec(per_cpu_ptr(&gate_count, visit->cpu));
	}
	if (visit->mm)
		mmdrop(visit->mm);
	kfree(visit);
	atomic_dec(&session_count);
	return 0;
}

static const struct file_operations device_operations = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = device_mmap,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "sluice",
	.mode = 0600,
	.fops = &device_operations,
};

/**
 * sl_device_register() - make /dev/sluice
 *
 * Return: 0 or a negative errno.
 */
int sl_device_register(void)
{
	return misc_register(&device);
}

/**
 * sl_device_unregister() - take it away again; no session is open
 */
void sl_device_unregister(void)
{
	misc_deregister(&device);
}
