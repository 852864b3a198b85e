// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The sender against a server that is scripted, reply by reply, and against
 * pipelines/nfs.yaml: every load goes for a moment, what it writes is in the
 * export afterwards, and a server that lies or leaves is found out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/nfs_files.h"
#include "bench/nfs_sender.h"
#include "bench/nfs_wire.h"
#include "stages/nfs/rpc.h"
#include "tools/test.h"

#define FAR_FILES	1200	/* in two directories */
#define BLOCK		4096
#define FILL		32768	/* a piece that files are filled with, */
#define FILLED		"what a file is filled with"	/* from its start */
#define RUN_S		0.03

/* A reply that was accepted, to the xid, with one word of results. */
#define REPLY(xid, word) { 0x80000000 | 28, xid, 1, 0, 0, 0, 0, word }

static struct nfs_wire wire;
static int server = -1;

static bool open_wire(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t bytes = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!CHECK(!bind(listener, (void *)&address, bytes) &&
		   !listen(listener, 1) &&
		   !getsockname(listener, (void *)&address, &bytes)))
		return false;
	if (!CHECK_EQ(nfs_wire_open(&wire, "the script", "127.0.0.1",
				    ntohs(address.sin_port)),
		      0))
		return false;
	server = accept(listener, NULL, NULL);
	close(listener);
	return CHECK(server >= 0);
}

static void close_wire(void)
{
	close(server);
	nfs_wire_close(&wire);
}

/* Complaints that are wanted go where nobody reads them. */
static void hush(bool quiet)
{
	static int told = -1;
	int nowhere;

	if (told < 0)
		told = dup(STDERR_FILENO);
	nowhere = open("/dev/null", O_WRONLY);
	fflush(NULL);
	dup2(quiet ? nowhere : told, STDERR_FILENO);
	close(nowhere);
}

static u32 encode(u32 slot)
{
	nfs_wire_end(&wire, slot, nfs_wire_call(&wire, slot, SL_RPC_NFS, 3, 0));
	return wire.slot[slot].bytes;
}

/* Two calls, NULL of NFS, in slots 0 and 1: their xids are 0 and 65. */
static void ask(void)
{
	u8 asked[1024];
	u32 slot;

	nfs_wire_lay_out(&wire, encode(0));
	for (slot = 0; slot < 2; slot++) {
		encode(slot);
		nfs_wire_put(&wire, slot);
	}
	CHECK_EQ(wire.pieces, 1);
	CHECK_EQ(nfs_wire_send(&wire), 0);
	CHECK_EQ(recv(server, asked, sizeof(asked), 0),
		 2 * wire.slot[0].bytes);
}

static void say(const u32 *word, u32 first, u32 end)
{
	u8 bytes[256], *at = bytes;
	u32 i;

	for (i = first; i < end; i++)
		at = sl_xdr_put_u32(at, word[i]);
	CHECK_EQ(send(server, bytes, at - bytes, 0), at - bytes);
}

static void test_replies(void)
{
	const u32 both[] = { 0x80000000 | 28, 65, 1, 0, 0, 0, 0, 7,
			     0x80000000 | 28, 0, 1, 0, 0, 0, 0, 8 };
	struct nfs_reply reply;

	if (!open_wire())
		return;
	ask();
	say(both, 0, 3);
	CHECK_EQ(nfs_wire_receive(&wire), 0);
	CHECK_EQ(nfs_wire_next(&wire, &reply), 0);
	say(both, 3, 12);
	CHECK_EQ(nfs_wire_receive(&wire), 0);
	CHECK_EQ(nfs_wire_next(&wire, &reply), 1);
	CHECK_EQ(reply.slot, 1);
	CHECK_EQ(sl_xdr_u32(&reply.results), 7);
	CHECK_EQ(nfs_wire_next(&wire, &reply), 0);
	say(both, 12, 16);
	CHECK_EQ(nfs_wire_receive(&wire), 0);
	CHECK_EQ(nfs_wire_next(&wire, &reply), 1);
	CHECK_EQ(reply.slot, 0);
	CHECK_EQ(sl_xdr_u32(&reply.results), 8);
	CHECK_EQ(sl_xdr_left(&reply.results), 0);
	CHECK_EQ(wire.out, 0);
	close_wire();
}

/* What no server may say. */
static void test_lies(void)
{
	static const u32 lies[][8] = {
		REPLY(66, 0),				  /* nobody asked */
		REPLY(64, 0),				  /* not this time */
		{ 0x80000000 | 28, 0, 0, 0, 0, 0, 0, 0 }, /* a call */
		{ 0x80000000 | 28, 0, 1, 1, 0, 0, 0, 0 }, /* denied */
		{ 0x80000000 | 28, 0, 1, 0, 0, 0, 3, 0 }, /* refused */
		{ 0x80000000 | 28, 0, 1, 0, 0, 900, 0, 0 },
		{ 28, 0, 1, 0, 0, 0, 0, 0 },		  /* in fragments */
		{ 0x80000000 | 20, 0, 1, 0, 0, 0, 0, 0 }, /* too short */
		{ 0xffffffff, 0, 1, 0, 0, 0, 0, 0 },
	};
	struct nfs_reply reply;
	int got;
	u32 i;

	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		if (!open_wire())
			return;
		ask();
		say(lies[i], 0, 8);
		CHECK_EQ(nfs_wire_receive(&wire), 0);
		hush(true);
		got = nfs_wire_next(&wire, &reply);
		hush(false);
		CHECK_EQ(got, -EIO);
		close_wire();
	}
	if (!open_wire())
		return;
	ask();
	shutdown(server, SHUT_RDWR);
	hush(true);
	got = nfs_wire_receive(&wire);
	hush(false);
	CHECK_EQ(got, -EIO);
	close_wire();
}

static char scratch[PATH_MAX];

/* Runs the server on a port that is free; it says which, and that is kept. */
static pid_t start(const char *sluice, u16 *port)
{
	char export[PATH_MAX + 16], user[32], group[32], line[512];
	unsigned int number = 0;
	int said[2];
	FILE *log;
	pid_t pid;

	snprintf(export, sizeof(export), "fs.export=%s", scratch);
	snprintf(user, sizeof(user), "rpc.anonuid=%u", getuid());
	snprintf(group, sizeof(group), "rpc.anongid=%u", getgid());
	if (!CHECK(!pipe(said)))
		return -1;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(said[1], STDERR_FILENO);
		close(said[0]);
		close(said[1]);
		setenv("SLUICE_KB", "", 1);
		execl(sluice, "sluice", "run", "pipelines/nfs.yaml", "--set",
		      "net.listen=127.0.0.1:0", "--set", export, "--set",
		      "rpc.squash=all", "--set", "rpc.secure=false", "--set",
		      user, "--set", group, NULL);
		_exit(127);
	}
	close(said[1]);
	log = fdopen(said[0], "r");
	while (!number && fgets(line, sizeof(line), log))
		if (strstr(line, "listens on port "))
			sscanf(strstr(line, "port "), "port %u", &number);
	*port = number;
	/* Not closed: whoever writes to a closed pipe is killed. */
	CHECK(number);
	return pid;
}

static void test_loads(const struct nfs_target *target)
{
	static const u32 in_flight[] = { 1, 7, 64 };
	u32 load, i, round;

	for (load = 0; load < NFS_LOADS; load++)
		for (i = 0; i < 3; i++) {
			struct nfs_sender *sender = nfs_sender_open(
				target, load, in_flight[i], FAR_FILES);

			if (!CHECK(sender))
				return;
			for (round = 0; round < 2; round++)
				CHECK(nfs_sender_run(sender, RUN_S,
						     i ? -1 : 0) > 0);
			nfs_sender_close(sender);
		}
}

/* The last run was of 64 WRITEs at a time, over what a file is filled with. */
static void test_files(void)
{
	char path[PATH_MAX + 64];
	char block[BLOCK];
	u32 i, written = 0;
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/bench0/d0/f999", scratch);
	CHECK(!stat(path, &st));
	snprintf(path, sizeof(path), "%s/bench0/d1/f%u", scratch,
		 FAR_FILES % NFS_NAMES_MAX - 1);
	CHECK(!stat(path, &st));
	snprintf(path, sizeof(path), "%s/bench0/write0", scratch);
	fd = open(path, O_RDONLY);
	if (!CHECK(fd >= 0) || !CHECK(!fstat(fd, &st)))
		return;
	CHECK_EQ(st.st_size, NFS_FILE_BYTES);
	for (i = 0; i < NFS_FILE_BYTES; i += BLOCK) {
		CHECK_EQ(pread(fd, block, sizeof(block), i), sizeof(block));
		if (!strcmp(block, "a block of a WRITE"))
			written++;
		else if (!CHECK_STR(block, i % FILL ? "" : FILLED))
			break;
	}
	/* How many there was time for is the disk's business. */
	CHECK(written >= 64);
	close(fd);
}

/* Returns how many senders it got; none of them should be there. */
static u32 open_wrongly(struct nfs_target target)
{
	struct nfs_sender *sender[5];
	u32 i, count = 0;

	target.path = "/not/there";
	sender[0] = nfs_sender_open(&target, NFS_NULL, 1, 0);
	target.path = "/";
	sender[1] = nfs_sender_open(&target, NFS_NULL, 0, 0);
	sender[2] = nfs_sender_open(&target, NFS_NULL, NFS_WIRE_SLOTS + 1, 0);
	sender[3] = nfs_sender_open(&target, NFS_GETATTR_FAR, 1, 0);
	target.address = "somewhere";
	sender[4] = nfs_sender_open(&target, NFS_NULL, 1, 0);
	for (i = 0; i < 5; i++)
		count += sender[i] != NULL;
	return count;
}

static void test_server(const char *sluice)
{
	struct nfs_target target = { .address = "127.0.0.1", .path = "/" };
	struct nfs_sender *sender, *late;
	pid_t pid = start(sluice, &target.port);
	double rate;
	u32 wrong;

	target.mount_port = target.port;
	if (pid < 0 || !target.port)
		return;
	test_loads(&target);
	test_files();
	sender = nfs_sender_open(&target, NFS_READ, 8, 0);
	hush(true);
	wrong = open_wrongly(target);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	rate = sender ? nfs_sender_run(sender, RUN_S, -1) : 0;
	late = nfs_sender_open(&target, NFS_NULL, 1, 0);
	hush(false);
	CHECK(!wrong);
	CHECK(rate < 0);
	CHECK(!late);
	if (sender)
		nfs_sender_close(sender);
}

int main(void)
{
	const char *sluice = getenv("SLUICE") ?: "build/sluice";
	char command[PATH_MAX + 16];

	test_replies();
	test_lies();
	snprintf(scratch, sizeof(scratch), "%s/sluice-sender-XXXXXX",
		 getenv("TMPDIR") ?: "/tmp");
	if (access(sluice, X_OK))
		TEST_SKIP("no sluice; make it, or say in SLUICE where it is");
	if (!CHECK(mkdtemp(scratch)))
		return sl_test_end();
	test_server(sluice);
	snprintf(command, sizeof(command), "rm -rf %s", scratch);
	CHECK(!system(command));
	TEST_END();
}
