# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# make            the library, the command, the peers; all output goes to build/
# make demo       set up, build, run the shop; DEMO_SECONDS=10 shortens it
# make check      set up, build, run all tests; also as asan and as tsan
# make fuzz       every fuzzer for FUZZ_SECONDS
# make soak       SOAK_MESSAGES over each ring, then the shop, and files over
#                 NFS, for SOAK_SECONDS each
# make bench      what docs/performance.md shows
# make kmod KDIR=/lib/modules/.../build; make vmcheck tries it in QEMU
# make lint man install clean
# V=1 shows commands, O=DIRECTORY builds elsewhere, CC=clang is as good.
O ?= build
V ?=
ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
MANDIR ?= $(PREFIX)/share/man
FUZZ_SECONDS ?= 60
SOAK_SECONDS ?= 3600
SOAK_MESSAGES ?= 1000000000
KDIR ?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build \
	/lib/modules/*/build /usr/src/linux-headers-*-amd64))

# First what the language is, last what the user wants.
FLAGS = -std=gnu11 -Wall -Wextra -Wmissing-prototypes -Werror \
	-fno-strict-aliasing -D_GNU_SOURCE $(PEER) -Itools/include -I. \
	-MMD -MP $(CPPFLAGS) $(CFLAGS)
LIBS = -Wl,--as-needed -lsqlite3 -lyaml -luring -lhwloc -lncursesw -ltinfo \
	-lmicrohttpd -lfuse3 -pthread -lm $(LDLIBS)
Q := $(if $(V),,@)
say = @printf '  %-4s %s\n' '$(1)' '$(2)'
MAKEFLAGS += -r --no-print-directory

FOLDERS := ring membank sched sim stages $(wildcard stages/*) profiler \
	pipelines tools bench
ALL := $(filter-out %_kmod.c,$(wildcard $(FOLDERS:%=%/*.c)))
MAIN := tools/sluice.c tools/fuzz_replay.c tools/vm_nfs_write.c
PARTS := $(filter-out %_test.c %_fuzz.c $(MAIN),$(ALL))
LIB := $(filter-out tools/% bench/%,$(PARTS))
CMD := $(filter tools/% bench/%,$(PARTS))

# The same sources over queues with a mutex and a condition variable: a peer.
BLOCKING := $(if $(wildcard bench/blocking/sched/link.h),$(O)/sluice-blocking)
BLOCKING_OWN := $(wildcard bench/blocking/*/*.c)
BLOCKING_SRC := $(filter-out $(BLOCKING_OWN:bench/blocking/%=%),$(PARTS)) \
	$(BLOCKING_OWN)

# The same program with an executor that measures nothing: a peer.
UNMETERED := $(if $(wildcard bench/unmetered/sched/meter.h),$(O)/sluice-unmetered)

# Queues that Debian has, to race against: plug-ins, of those that are there.
# Sanitizers, which cannot look into them, would take their copies for races.
PLUGINS := $(if $(wildcard /usr/include/ck_ring.h),ck) \
	$(shell pkg-config --exists libdpdk 2>/dev/null && echo dpdk) \
	$(if $(wildcard /usr/include/boost/lockfree/spsc_queue.hpp),\
	$(shell command -v $(CXX) >/dev/null 2>&1 && echo boost))
# What loads the NFS server is a plug-in, too.
PLUGINS += $(if $(wildcard /usr/include/nfsc/libnfs.h),libnfs nfsmix)
PLUGINS := $(if $(findstring -fsanitize,$(CFLAGS)),,$(PLUGINS))
PLUGINS := $(PLUGINS:%=$(O)/peers/%.so)

TESTS := $(patsubst %.c,$(O)/%,$(filter %_test.c,$(ALL)))
FUZZERS := $(patsubst %.c,$(O)/%,$(filter %_fuzz.c,$(ALL)))
SCRIPTS := $(wildcard $(FOLDERS:%=%/*_test.sh) docs/*_test.sh)
MODELS := $(wildcard ring/litmus/*.pml sched/litmus/*.pml)

all: $(O)/libsluice.a $(if $(wildcard tools/sluice.c),$(O)/sluice) $(BLOCKING) \
	$(UNMETERED) $(PLUGINS)
tests: $(TESTS) $(FUZZERS)
list-tests:
	@echo $(TESTS) $(FUZZERS) $(SCRIPTS) $(MODELS)

# Tools' and benches' parts form an archive, so that their tests can link them.
$(O)/libsluice.a: $(LIB:%.c=$(O)/%.o)
$(O)/libcommand.a: $(CMD:%.c=$(O)/%.o)
$(O)/blocking/libsluice.a: $(BLOCKING_SRC:%.c=$(O)/blocking/%.o)
$(O)/%.a:
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

PARTS_A := $(O)/libcommand.a $(O)/libsluice.a
$(O)/sluice: $(O)/tools/sluice.o $(PARTS_A)
$(TESTS): %: %.o $(PARTS_A)
$(FUZZERS): %: %.o $(O)/tools/fuzz_replay.o $(PARTS_A)
# What is linked first is not taken from the archive.
$(O)/sluice-unmetered: $(O)/tools/sluice.o $(O)/unmetered/sched/exec.o $(PARTS_A)
$(O)/sluice-blocking: $(O)/blocking/tools/sluice.o $(O)/blocking/libsluice.a
$(O)/sluice $(TESTS) $(FUZZERS) $(O)/sluice-blocking $(O)/sluice-unmetered:
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS)

$(O)/unmetered/%.o: PEER := -Ibench/unmetered
$(O)/unmetered/%.o: %.c
	$(call say,CC,$< unmetered)
	@mkdir -p $(@D)
	$(Q)$(CC) $(FLAGS) -c -o $@ $<
$(O)/blocking/%.o: PEER := -Ibench/blocking
$(O)/blocking/%.o: %.c
	$(call say,CC,$< blocking)
	@mkdir -p $(@D)
	$(Q)$(CC) $(FLAGS) -c -o $@ $<
$(O)/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(FLAGS) -c -o $@ $<

# The page is built in, with Debian's Chart.js.
$(O)/tools/web_page.o $(O)/blocking/tools/web_page.o: $(wildcard tools/web/*)

PLUGIN = -Wall -Wextra -Werror -fno-strict-aliasing -fPIC -shared -I. \
	-MMD -MP -MF $(@:.so=.d) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $<
$(O)/peers/nfsmix.so: PLUGIN += -lnfs
$(O)/peers/libnfs.so: PLUGIN += $(wildcard bench/plugin/libnfs_*.c) -lnfs \
	-Wl,-Bsymbolic
$(O)/peers/libnfs.so: $(wildcard bench/plugin/libnfs_*.c)
$(O)/peers/dpdk.so: DPDK = $$(pkg-config --cflags libdpdk) -lrte_ring -lrte_eal
$(O)/peers/%.so: bench/plugin/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(PLUGIN) $(DPDK)
$(O)/peers/%.so: bench/plugin/%.cc
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(PLUGIN)

demo:
	+$(Q)MAKEFLAGS= MAKELEVEL= O='$(O)' ./tools/demo
check:
	+$(Q)MAKEFLAGS= MAKELEVEL= O='$(O)' V='$(V)' CC='$(CC)' CFLAGS='$(CFLAGS)' \
		./tools/check
asan:
	$(Q)$(MAKE) O=$(O)/asan check \
		CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined'
tsan:
	$(Q)./tools/setup dev
	$(Q)$(MAKE) O=$(O)/tsan CC=clang check CFLAGS='-O1 -g -fsanitize=thread'
fuzz:
	$(Q)./tools/setup build dev
	$(Q)$(MAKE) O=$(O)/fuzz CC=clang run-fuzzers \
		CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,address,undefined'
# New inputs go to the build; those worth keeping are for a person to choose.
run-fuzzers: $(FUZZERS:%=%er)
	$(Q)set -e; for f in $^; do name=$${f##*/}; name=$${name%_fuzzer}; \
		dir=$${f%/*}; seeds=$${dir#$(O)/}/corpus/$$name; \
		mkdir -p $$dir/corpus/$$name; \
		echo "  FUZZ $$f"; $$f -max_total_time=$(FUZZ_SECONDS) \
			-timeout=10 -rss_limit_mb=2048 -verbosity=0 \
			-print_final_stats=1 -artifact_prefix=$$f- \
			$$dir/corpus/$$name $$([ ! -d $$seeds ] || echo $$seeds); done
$(O)/%_fuzzer: $(O)/%_fuzz.o $(PARTS_A)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LIBS)

bench: all
	$(Q)./tools/setup build bench
	$(Q)set -e; for b in ring bank hop profile hello storage nfs plans; do \
		$(O)/sluice bench $$b; done
soak: all $(O)/ring/soak_test
	$(Q)./tools/setup build bench
	$(Q)$(O)/ring/soak_test $(SOAK_MESSAGES)
	$(Q)$(O)/sluice bench tpcw --seconds $(SOAK_SECONDS) --mix ordering
	$(Q)$(O)/sluice bench nfsmix --seconds $(SOAK_SECONDS)

# kbuild writes beside its sources, so it gets a tree of links to ours.
kmod:
	$(if $(KDIR),,$(error no kernel headers; run tools/setup dev or give KDIR))
	$(Q)rm -rf $(O)/kmod/src && mkdir -p $(O)/kmod/src
	$(Q)cp -rs $(abspath Kbuild $(wildcard ring membank sched stages tools)) \
		$(O)/kmod/src
	+$(Q)env -u MAKEFLAGS -u O $(MAKE) -C $(KDIR) M=$(abspath $(O)/kmod/src) \
		-j$$(nproc) W=1 $(if $(V),V=1) $(KMOD) modules
	$(Q)cp $(O)/kmod/src/sluice.ko $(O)/sluice.ko

# Static ones start faster in the machine, which has no dynamic libraries else.
VM_TESTS := $(patsubst %,$(O)/vmcheck/%_test,device traffic hostile)
$(VM_TESTS): $(O)/vmcheck/%: $(O)/stages/kernel/%.o $(O)/ring/line_ring.o \
		$(O)/stages/kernel/client_user.o
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -static -o $@ $^ -pthread
# Its processor has protection keys, whether ours has them or not.
VM_ALSO := $(O)/sched/isolate_test $(O)/membank/flip_test
# What a client of the NFS server runs in another such machine.
VM_NFS := $(O)/vmcheck/exercise_test $(O)/vmcheck/vm_nfs_write
$(O)/vmcheck/exercise_test: $(O)/stages/fs/exercise_test.o
$(O)/vmcheck/vm_nfs_write: $(O)/tools/vm_nfs_write.o
$(VM_NFS):
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -static -o $@ $^
# A machine that says nothing of its sum has failed.
vmcheck:
	$(Q)./tools/setup build vm
	+$(Q)$(MAKE) O=$(O) kmod $(VM_TESTS) $(O)/sluice $(VM_ALSO) $(VM_NFS)
	$(Q){ ./tools/vm --out $(O)/vmcheck $(O)/sluice.ko $(VM_TESTS) \
		$(VM_ALSO) $(O)/sluice bench/kernel_test.sh; \
		./tools/vm_nfs --out $(O)/vmcheck-nfs $(O)/sluice.ko \
		$(O)/sluice $(VM_NFS); } | awk ' \
		/^[0-9]+ passed, [0-9]+ failed$$/ { \
			passed += $$1; failed += $$3; machines++; next } \
		{ print; fflush() } \
		END { failed += 2 - machines; \
			print passed + 0 " passed, " failed " failed"; \
			exit failed != 0 }'

lint:
	$(Q)./tools/setup build dev
	+$(Q)O='$(O)' KDIR='$(KDIR)' ./tools/lint
man:
	$(Q)O='$(O)' KDIR='$(KDIR)' ./tools/manual
install: all man
	install -D -m 755 $(O)/sluice $(DESTDIR)$(PREFIX)/bin/sluice
	$(if $(PLUGINS),install -D -m 644 -t \
		$(DESTDIR)$(PREFIX)/lib/sluice/peers $(PLUGINS))
	install -d $(DESTDIR)$(PREFIX)/share/sluice/pipelines
	install -m 644 $(wildcard pipelines/*.yaml) \
		$(DESTDIR)$(PREFIX)/share/sluice/pipelines
	set -e; for page in $(O)/man/man?/*; do section=$${page##*.}; \
		install -D -m 644 $$page \
		$(DESTDIR)$(MANDIR)/man$$section/$${page##*/}; done
clean:
	rm -rf $(O)

-include $(ALL:%.c=$(O)/%.d) $(BLOCKING_SRC:%.c=$(O)/blocking/%.d) \
	$(O)/unmetered/sched/exec.d $(PLUGINS:.so=.d)
.PHONY: all tests list-tests demo check asan tsan fuzz run-fuzzers bench soak \
	kmod vmcheck lint man install clean
.SECONDARY:
.DELETE_ON_ERROR:
