// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <glob.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/hello_server.h"
#include "bench/nfs_ganesha.h"

/* Debian has it in the first of these. */
#define BACK_END	"/usr/lib{/*-linux-gnu,64,}/ganesha/libfsalvfs.so"
#define RPCBIND_MS	20000

/*
 * What is not here has the defaults that Debian's users get, but for the
 * protocols that are not measured.
 */
static const char configuration[] =
	"NFS_CORE_PARAM {\n"
	"	Protocols = 3;\n"
	"	NFS_Port = %u;\n"
	"	MNT_Port = %u;\n"
	"	Enable_NLM = false;\n"
	"	Enable_RQUOTA = false;\n"
	"	Enable_UDP = false;\n"
	"	Plugins_Dir = \"%s\";\n"
	"}\n"
	"MDCACHE { Entries_HWMark = %d; }\n"
	"EXPORT {\n"
	"	Export_Id = 1;\n"
	"	Path = \"%s\";\n"
	"	Pseudo = \"/nfs\";\n"
	"	Protocols = 3;\n"
	"	Transports = TCP;\n"
	"	SecType = sys, none;\n"
	"	Access_Type = RW;\n"
	"	Squash = No_Root_Squash;\n"
	"	FSAL { Name = VFS; }\n"
	"}\n";

static bool find_back_end(char *directory)
{
	glob_t found;
	bool there;

	if (glob(BACK_END, GLOB_BRACE, NULL, &found))
		return false;
	there = found.gl_pathc > 0;
	if (there) {
		snprintf(directory, PATH_MAX, "%s", found.gl_pathv[0]);
		*strrchr(directory, '/') = '\0';
	}
	globfree(&found);
	return there;
}

bool nfs_ganesha_installed(void)
{
	char directory[PATH_MAX];

	return sl_hello_installed("ganesha.nfsd") &&
	       sl_hello_installed("rpcbind") && find_back_end(directory);
}

pid_t nfs_ganesha_fork(void)
{
	return syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, NULL,
		       NULL, NULL, NULL);
}

static bool configure(const struct nfs_server *server, const char *path)
{
	char back_end[PATH_MAX];
	FILE *file = fopen(path, "w");

	if (!file || !find_back_end(back_end))
		return false;
	fprintf(file, configuration, server->target.port,
		server->target.mount_port, back_end, NFS_SERVER_FILES,
		server->export);
	return !fclose(file);
}

/* Where both servers keep sockets and state is empty, and nobody else's. */
static bool hide_host(void)
{
	return !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("run", "/run", "tmpfs", 0, "mode=755") &&
	       !mount("state", "/var/lib/nfs", "tmpfs", 0, "mode=755") &&
	       !mkdir("/run/rpcbind", 0755) && !mkdir("/run/ganesha", 0755);
}

static bool wait_for(const char *path, int ms)
{
	const struct timespec step = { 0, 1000000 };

	while (ms-- > 0) {
		if (!access(path, F_OK))
			return true;
		nanosleep(&step, NULL);
	}
	return false;
}

void nfs_ganesha_run(const struct nfs_server *server)
{
	char file[PATH_MAX + 16], log[PATH_MAX + 16];
	pid_t pid;

	snprintf(file, sizeof(file), "%s/ganesha.conf", server->directory);
	snprintf(log, sizeof(log), "%s/server.log", server->directory);
	/* As servers lie in sbin, which a user's PATH may lack. */
	setenv("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin", 1);
	if (!configure(server, file) || !hide_host()) {
		fprintf(stderr, "cannot prepare: %s\n", strerror(errno));
		return;
	}
	pid = fork();
	if (!pid) {
		execlp("rpcbind", "rpcbind", "-f", NULL);
		_exit(127);
	}
	if (pid < 0 || !wait_for("/run/rpcbind.sock", RPCBIND_MS)) {
		fprintf(stderr, "rpcbind does not start\n");
		return;
	}
	pid = fork();
	if (!pid) {
		execlp("ganesha.nfsd", "ganesha.nfsd", "-F", "-f", file, "-L",
		       log, "-p", "/run/ganesha/pid", NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(-1, NULL, 0) != pid)
		;
}
