// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that /dev/sluice has a clear answer to each wrong call, that what is
 * mapped stays good as long as it is mapped, and no longer than that, and that
 * waiting ends when it should.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <linux/ktime.h>
#include <asm/barrier.h>

#include "stages/kernel/device_test.h"

#define RW	(PROT_READ | PROT_WRITE)

static long page;

static void test_before_setup(void)
{
	struct sl_device_wait wait = { 0 };
	struct sl_device_setup setup = { ANY_CPU };
	int fd = open(SL_DEVICE_PATH, O_RDONLY);

	CHECK(fd < 0 && errno == EACCES);
	fd = open(SL_DEVICE_PATH, O_WRONLY);
	CHECK(fd < 0 && errno == EACCES);
	fd = open(SL_DEVICE_PATH, O_RDWR);
	if (!CHECK(fd >= 0))
		return;
	CHECK_EQ(map(fd, page, RW, MAP_SHARED, 0), ENXIO);
	CHECK_EQ(call(fd, SL_DEVICE_KICK, NULL), ENXIO);
	CHECK_EQ(call(fd, SL_DEVICE_WAIT, &wait), ENXIO);
	CHECK_EQ(call(fd, 0x1234, NULL), ENOTTY);
	CHECK_EQ(call(fd, SL_DEVICE_SETUP, NULL), EFAULT);
	CHECK_EQ(call(fd, SL_DEVICE_SETUP, (void *)-4096l), EFAULT);
	/* What cannot be answered is undone. */
	{
		void *shown = mmap(NULL, page, RW, MAP_PRIVATE | MAP_ANONYMOUS,
				   -1, 0);

		memcpy(shown, &setup, sizeof(setup));
		mprotect(shown, page, PROT_READ);
		CHECK_EQ(call(fd, SL_DEVICE_SETUP, shown), EFAULT);
		munmap(shown, page);
	}
	CHECK_EQ(call(fd, SL_DEVICE_SETUP, &setup), 0);
	CHECK_EQ(call(fd, SL_DEVICE_SETUP, &setup), EBUSY);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), -1);
	CHECK_EQ(read(fd, &wait, 1), -1);
	CHECK_EQ(write(fd, &wait, 1), -1);
	close(fd);
}

static void test_setup(void)
{
	static const struct {
		struct sl_device_setup setup;
		int err;
	} cases[] = {
		{ { ANY_CPU, .slots = 3 }, EINVAL },
		{ { ANY_CPU, .slots = 1u << 31 }, EINVAL },
		{ { ANY_CPU, .slots = 8192 }, EINVAL },
		{ { ANY_CPU, .buffers = ~0u, .buffer_bytes = 64 }, EINVAL },
		{ { ANY_CPU, .buffers = ~0u, .buffer_bytes = ~63u }, EINVAL },
		{ { ANY_CPU, .buffers = 1, .buffer_bytes = 65 }, EINVAL },
		{ { ANY_CPU, .poll_us = ~0u }, EINVAL },
		{ { ANY_CPU, .spare = { 0, 1 } }, EINVAL },
		{ { .cpu = -2, .work_cpu = -1 }, EINVAL },
		{ { .cpu = 100000, .work_cpu = -1 }, EINVAL },
		{ { .cpu = 0x10000, .work_cpu = -1 }, EINVAL },
		{ { .cpu = -1, .work_cpu = 0x7fffffff }, EINVAL },
		{ { .cpu = 0, .work_cpu = 0 }, 0 },
		{ { ANY_CPU, .slots = 1, .buffers = 1, .buffer_bytes = 64 },
		  0 },
		{ { ANY_CPU, .slots = 4096, .buffers = 256,
		    .buffer_bytes = 65536, .poll_us = 1000 }, 0 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sl_device_setup setup = cases[i].setup;
		int fd = open(SL_DEVICE_PATH, O_RDWR);

		if (!CHECK_EQ(call(fd, SL_DEVICE_SETUP, &setup), cases[i].err))
			fprintf(stderr, "case %u\n", i);
		/* After a refusal it is as if nothing had been said. */
		setup = (struct sl_device_setup){ ANY_CPU };
		CHECK_EQ(call(fd, SL_DEVICE_SETUP, &setup),
			 cases[i].err ? 0 : EBUSY);
		if (cases[i].err)
			CHECK(setup.cpu >= 0);
		close(fd);
	}
}

/* Does reading there end in a signal? */
static sigjmp_buf back;

static void jump_back(int signal)
{
	siglongjmp(back, signal);
}

static int touch(void *at)
{
	int signal = sigsetjmp(back, 1);

	if (!signal)
		(void)*(volatile char *)at;
	return signal;
}

static void test_mmap(void)
{
	struct sl_device_setup setup = { ANY_CPU, .slots = 64 };
	int fd = open(SL_DEVICE_PATH, O_RDWR | O_CLOEXEC);
	int pipe_fd[2], status;
	u64 *one, *other;
	struct iovec part;
	size_t bytes;
	pid_t child;
	u64 word;

	if (!CHECK_EQ(call(fd, SL_DEVICE_SETUP, &setup), 0))
		return;
	bytes = setup.map_bytes;
	CHECK_EQ(map(fd, page, RW, MAP_SHARED, 0), EINVAL);
	CHECK_EQ(map(fd, bytes - page, RW, MAP_SHARED, 0), EINVAL);
	CHECK_EQ(map(fd, bytes + page, RW, MAP_SHARED, 0), EINVAL);
	CHECK_EQ(map(fd, bytes, RW, MAP_SHARED, page), EINVAL);
	CHECK_EQ(map(fd, bytes - page, RW, MAP_SHARED, page), EINVAL);
	CHECK_EQ(map(fd, bytes, RW, MAP_PRIVATE, 0), EINVAL);
	CHECK_EQ(map(fd, bytes, RW | PROT_EXEC, MAP_SHARED, 0), EPERM);
	CHECK_EQ(map(fd, bytes, RW, MAP_SHARED, 1ll << 40), EINVAL);
	CHECK(map(fd, 1ll << 46, RW, MAP_SHARED, 0));

	/* Twice is the same memory. */
	one = mmap(NULL, bytes, RW, MAP_SHARED, fd, 0);
	other = mmap(NULL, bytes, RW, MAP_SHARED, fd, 0);
	if (!CHECK(one != MAP_FAILED && other != MAP_FAILED))
		return;
	one[setup.bank_at / 8] = 4711;
	CHECK_EQ(other[setup.bank_at / 8], 4711);
	CHECK(mremap(one, bytes, bytes + page, MREMAP_MAYMOVE) == MAP_FAILED);
	CHECK(mprotect(one, page, PROT_READ | PROT_EXEC) && errno == EACCES);

	/* A child has it not, and cannot have it. */
	child = fork();
	if (!child)
		_exit(touch(one) != SIGSEGV ||
		      map(fd, bytes, RW, MAP_SHARED, 0) != EBUSY);
	CHECK(waitpid(child, &status, 0) == child && !status);

	/* Half of it goes, all of it goes, the rest stays. */
	CHECK(!munmap(one, page));
	CHECK_EQ(touch(one), SIGSEGV);
	CHECK_EQ(one[setup.bank_at / 8], 4711);
	CHECK(!madvise((u8 *)one + page, page, MADV_DONTNEED));
	CHECK_EQ(touch((u8 *)one + page), SIGBUS);
	CHECK(!munmap((u8 *)one + page, bytes - page));

	/* A page that somebody still holds outlives the session. */
	CHECK(!pipe(pipe_fd));
	part = (struct iovec){ (u8 *)other + setup.bank_at, 8 };
	CHECK_EQ(vmsplice(pipe_fd[1], &part, 1, 0), 8);
	close(fd);
	CHECK_EQ(other[setup.bank_at / 8], 4711);
	CHECK(!munmap(other, bytes));
	usleep(20000);
	CHECK_EQ(read(pipe_fd[0], &word, 8), 8);
	CHECK_EQ(word, 4711);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

/* The mapping alone keeps a session going. */
static void test_closed(void)
{
	struct sl_device_setup setup = { ANY_CPU };
	int fd = open(SL_DEVICE_PATH, O_RDWR);
	struct sl_device_message *submit, *complete;
	u64 until = ktime_get_ns() + 10000000000ull;
	u8 *memory;

	CHECK_EQ(call(fd, SL_DEVICE_SETUP, &setup), 0);
	memory = mmap(NULL, setup.map_bytes, RW, MAP_SHARED, fd, 0);
	close(fd);
	CHECK_EQ(map(fd, setup.map_bytes, RW, MAP_SHARED, 0), EBADF);
	if (!CHECK(memory != MAP_FAILED))
		return;
	submit = (void *)(memory + setup.submit_at);
	complete = (void *)(memory + setup.complete_at);
	submit->op = SL_DEVICE_ECHO;
	submit->user[0] = 99;
	smp_store_release(&submit->tag, 1);
	/* Without a bell its thread looks now and then. */
	while (!smp_load_acquire(&complete->tag) && ktime_get_ns() < until)
		usleep(1000);
	CHECK_EQ(complete->tag, 1);
	CHECK_EQ(complete->user[0], 99);
	munmap(memory, setup.map_bytes);
}

static void *wait_long(void *arg)
{
	struct sl_device_wait wait = { .timeout_ns = -1 };
	int err;

	/* It may meet the other one, who only looks. */
	do {
		err = call(*(int *)arg, SL_DEVICE_WAIT, &wait);
	} while (err == EBUSY);
	return (void *)(long)err;
}

static void test_wait(void)
{
	struct itimerval alarm = { .it_value = { 0, 50000 } };
	struct sl_device_setup setup = { ANY_CPU };
	struct sl_device_wait wait = { .timeout_ns = 30000000 };
	struct sl_device_message *submit;
	int fd = open(SL_DEVICE_PATH, O_RDWR);
	u64 start = ktime_get_ns();
	pthread_t thread;
	void *result;
	u8 *memory;
	int err;

	CHECK_EQ(call(fd, SL_DEVICE_SETUP, &setup), 0);
	CHECK_EQ(call(fd, SL_DEVICE_WAIT, &wait), ETIMEDOUT);
	CHECK(ktime_get_ns() - start >= 30000000);
	wait.timeout_ns = 250000000;
	CHECK_EQ(call(fd, SL_DEVICE_WAIT, &wait), ETIMEDOUT);
	CHECK(ktime_get_ns() - start >= 280000000);
	wait.timeout_ns = 0;
	wait.slot = ~0u;
	CHECK_EQ(call(fd, SL_DEVICE_WAIT, &wait), ETIMEDOUT);
	wait.spare = 1;
	CHECK_EQ(call(fd, SL_DEVICE_WAIT, &wait), EINVAL);
	CHECK_EQ(call(fd, SL_DEVICE_WAIT, (void *)16), EFAULT);

	/* A signal ends it. */
	setitimer(ITIMER_REAL, &alarm, NULL);
	wait = (struct sl_device_wait){ .timeout_ns = -1 };
	CHECK_EQ(call(fd, SL_DEVICE_WAIT, &wait), EINTR);

	/* One may wait; an answer wakes him. */
	memory = mmap(NULL, setup.map_bytes, RW, MAP_SHARED, fd, 0);
	pthread_create(&thread, NULL, wait_long, &fd);
	do {
		usleep(1000);
		wait.timeout_ns = 0;
		err = call(fd, SL_DEVICE_WAIT, &wait);
	} while (err == ETIMEDOUT);
	CHECK_EQ(err, EBUSY);
	submit = (void *)(memory + setup.submit_at);
	submit->op = SL_DEVICE_ECHO;
	smp_store_release(&submit->tag, 1);
	CHECK_EQ(call(fd, SL_DEVICE_KICK, NULL), 0);
	pthread_join(thread, &result);
	CHECK_EQ((long)result, 0);
	CHECK_EQ(call(fd, SL_DEVICE_WAIT, &wait), 0);
	munmap(memory, setup.map_bytes);
	close(fd);
}

static void test_many(void)
{
	struct sl_device_setup setup;
	int fd[64];
	u32 i, n;

	for (n = 0; n < ARRAY_SIZE(fd); n++) {
		fd[n] = open(SL_DEVICE_PATH, O_RDWR);
		if (fd[n] < 0)
			break;
		setup = (struct sl_device_setup){ ANY_CPU };
		CHECK_EQ(call(fd[n], SL_DEVICE_SETUP, &setup), 0);
	}
	CHECK_EQ(errno, EUSERS);
	CHECK_EQ(n, 16);
	for (i = 0; i < n; i++)
		close(fd[i]);
	/* And they all come back. */
	for (i = 0; i < n; i++)
		CHECK((fd[i] = open(SL_DEVICE_PATH, O_RDWR)) >= 0);
	for (i = 0; i < n; i++)
		close(fd[i]);
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool good = fd >= 0 && write(fd, text, strlen(text)) > 0;

	close(fd);
	return good;
}

/* Memory is the cgroup's: where it is short, SETUP says so, and nobody dies. */
static void test_charge(void)
{
	struct sl_device_setup setup = { ANY_CPU, .buffers = 256,
					 .buffer_bytes = 65536 };
	int status, fd;
	pid_t child;

	if (access("/sys/fs/cgroup/cgroup.subtree_control", W_OK))
		return;
	write_file("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	mkdir("/sys/fs/cgroup/narrow", 0700);
	if (!CHECK(write_file("/sys/fs/cgroup/narrow/memory.max", "8M")))
		return;
	child = fork();
	if (!child) {
		write_file("/sys/fs/cgroup/narrow/cgroup.procs", "0");
		fd = open(SL_DEVICE_PATH, O_RDWR);
		if (call(fd, SL_DEVICE_SETUP, &setup) != ENOMEM)
			_exit(1);
		setup = (struct sl_device_setup){ ANY_CPU, .buffers = 16 };
		_exit(call(fd, SL_DEVICE_SETUP, &setup) ? 2 : 0);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK_EQ(status, 0);
	rmdir("/sys/fs/cgroup/narrow");
}

static void nothing(int signal)
{
	(void)signal;
}

/* Processes that come, say something, and go without a word. */
static void test_visits(u32 count)
{
	struct sl_device_setup setup = { ANY_CPU, .slots = 16, .buffers = 16 };
	struct sl_device_message m = { .tag = 1, .op = SL_DEVICE_ECHO };
	struct sl_client *client;
	int status;
	pid_t child;

	while (count--) {
		child = fork();
		if (!child) {
			client = sl_client_open(SL_DEVICE_PATH, &setup);
			_exit(IS_ERR(client) ||
			      !sl_client_push(client, &m, 1));
		}
		CHECK(waitpid(child, &status, 0) == child);
		CHECK_EQ(status, 0);
	}
}

/* With a number: only so many short sessions, for tools/vm to take stock. */
int main(int argc, char **argv)
{
	need_device();
	if (argc > 1) {
		test_visits(strtoul(argv[1], NULL, 10));
		TEST_END();
	}
	page = sysconf(_SC_PAGESIZE);
	signal(SIGSEGV, jump_back);
	signal(SIGBUS, jump_back);
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = nothing }, NULL);
	test_before_setup();
	test_setup();
	test_mmap();
	test_closed();
	test_wait();
	test_many();
	test_charge();
	TEST_END();
}
