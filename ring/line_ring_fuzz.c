// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fuzzes a ring of lines with a peer that keeps to no rules.
 *
 * The ring's code is compiled here once more, with the peer let in before
 * every access to memory.  The input's front says what the honest side calls,
 * its back, read backwards, what the peer scribbles over the lines, and after
 * how many accesses.  Whatever it does: calls touch the lines that they should
 * and none beside the ring, read each word of a message once, return soon,
 * and keep their private state in order.  As long as it does nothing, nothing
 * is lost.  Zeroed, the memory serves an honest pair again.
 */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <asm/barrier.h>

#include "tools/test.h"

static void on_load(const void *at);
static void on_store(const void *at);

#undef READ_ONCE
#undef WRITE_ONCE
#undef smp_load_acquire
#undef smp_store_release
#define READ_ONCE(x) (on_load(&(x)), __atomic_load_n(&(x), __ATOMIC_RELAXED))
#define WRITE_ONCE(x, v) \
	(on_store(&(x)), __atomic_store_n(&(x), (v), __ATOMIC_RELAXED))
#define smp_load_acquire(p) (on_load(p), __atomic_load_n((p), __ATOMIC_ACQUIRE))
#define smp_store_release(p, v) \
	(on_store(p), __atomic_store_n((p), (v), __ATOMIC_RELEASE))
/* Words are copied one by one then, as in the kernel, and each is noticed. */
#undef __SSE2__

#include "ring/line_ring.c"

#define SLOTS_MAX	64	/* a page of lines, guards on both sides */
#define COUNT_MAX	31
#define OPS_MAX		2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct {
	struct sl_line *lines;
	u32 slots;
	struct sl_line_tx tx;
	struct sl_line_rx rx;
	u64 in, out;
	bool honest;		/* nobody has scribbled yet */
	const u8 *data, *end;
	u32 countdown;		/* accesses until the peer's next turn */
	bool pushing;		/* in this call */
	u32 accesses;		/* of this call */
	u32 reads[SLOTS_MAX][SL_LINE_WORDS];
	u32 writes[SLOTS_MAX][SL_LINE_WORDS];
} fuzz;

static u8 next_op(void)
{
	return fuzz.data < fuzz.end ? *fuzz.data++ : 0;
}

static void set_tags(u64 tag)
{
	u32 i;

	for (i = 0; i < fuzz.slots; i++)
		fuzz.lines[i].word[0] = tag;
}

static void scribble(u8 what)
{
	u32 mask = fuzz.slots - 1;
	u32 k = what >> 3;

	fuzz.honest = false;
	switch (what & 7) {
	case 0:
		fuzz.lines[(fuzz.rx.tail + k) & mask].word[0] = 0;
		break;
	case 1:
		fuzz.lines[(fuzz.rx.tail + k) & mask].word[0] = ~0ull;
		break;
	case 2:
		fuzz.lines[(fuzz.tx.head + k) & mask].word[0] = 0;
		break;
	case 3:
		fuzz.lines[(fuzz.tx.head + k) & mask].word[0] = k + 1;
		break;
	case 4:
		fuzz.lines[(fuzz.rx.tail + k / 8) & mask].word[k % 8] = what;
		break;
	case 5:
		set_tags(0);
		break;
	case 6:
		set_tags(1ull << k);
		break;
	default:
		memset(fuzz.lines, what, sl_line_bytes(fuzz.slots));
	}
}

static void let_in(void)
{
	fuzz.accesses++;
	while (!fuzz.countdown && fuzz.data + 2 <= fuzz.end) {
		scribble(*--fuzz.end);
		fuzz.countdown = *--fuzz.end;
	}
	if (fuzz.countdown)
		fuzz.countdown--;
}

/* The word of the lines that this is, or -1 if it is private. */
static int word_of(const void *at)
{
	size_t offset = (const char *)at - (const char *)fuzz.lines;

	return offset < sl_line_bytes(fuzz.slots) ? (int)(offset / 8) : -1;
}

static void on_load(const void *at)
{
	int word = word_of(at);

	let_in();
	if (word >= 0)
		fuzz.reads[word / SL_LINE_WORDS][word % SL_LINE_WORDS]++;
}

/* A tag is stored last, when its line has been written or read as a whole. */
static void check_tag_last(u32 line)
{
	const u32 *words = fuzz.pushing ? fuzz.writes[line] : fuzz.reads[line];
	u32 w;

	for (w = 1; w < SL_LINE_WORDS; w++)
		if (!CHECK_EQ(words[w], fuzz.writes[line][0]))
			break;
}

static void on_store(const void *at)
{
	int word = word_of(at);

	let_in();
	if (word < 0)
		return;
	fuzz.writes[word / SL_LINE_WORDS][word % SL_LINE_WORDS]++;
	if (word % SL_LINE_WORDS == 0)
		check_tag_last(word / SL_LINE_WORDS);
}

static void begin_call(bool pushing)
{
	fuzz.pushing = pushing;
	fuzz.accesses = 0;
	memset(fuzz.reads, 0, sizeof(fuzz.reads));
	memset(fuzz.writes, 0, sizeof(fuzz.writes));
}

/*
 * So many messages from this position on have been read or written, each word
 * of them once, and nothing else but tags.
 */
static void check_accesses(u32 position, u32 done)
{
	bool ok = true;
	u32 i, w;

	for (i = 0; i < fuzz.slots; i++) {
		const u32 *payload = fuzz.pushing ? fuzz.writes[i] :
						    fuzz.reads[i];
		const u32 *other = fuzz.pushing ? fuzz.reads[i] :
						  fuzz.writes[i];
		u32 nth = (i - position) & (fuzz.slots - 1);
		u32 times = done > nth ? (done - nth - 1) / fuzz.slots + 1 : 0;

		for (w = 1; w < SL_LINE_WORDS; w++)
			ok &= payload[w] == times && !other[w];
		ok &= fuzz.writes[i][0] == times;
	}
	CHECK(ok);
	/* A window of any size is looked for in two steps. */
	CHECK(fuzz.accesses <= 40 + 40 * done);
}

/* What was seen of a tag is what counts: it is not asked for again. */
static void check_tags_read(u32 n, u32 done, bool batch, bool looked)
{
	u32 tags = 0;
	u32 i;

	for (i = 0; i < fuzz.slots; i++)
		tags += fuzz.reads[i][0];
	if (batch)
		CHECK_EQ(tags, done + (done < n));
	else
		CHECK(tags <= (looked ? 3 : 1));
}

static void check_state(void)
{
	const struct sl_line_tx *tx = &fuzz.tx;
	const struct sl_line_rx *rx = &fuzz.rx;

	CHECK(tx->line == fuzz.lines && rx->line == fuzz.lines);
	CHECK(tx->mask == fuzz.slots - 1 && rx->mask == fuzz.slots - 1);
	CHECK(tx->limit - tx->head <= fuzz.slots);
	CHECK(rx->limit - rx->tail <= fuzz.slots);
	CHECK(is_power_of_2(tx->window) && tx->window <= fuzz.slots);
	CHECK(is_power_of_2(rx->window) && rx->window <= fuzz.slots);
	CHECK(tx->ahead <= fuzz.slots / 8 && rx->ahead <= fuzz.slots / 8);
	CHECK(rx->fetch <= rx->ahead);
}

static void write_message(struct sl_line *line, u64 n)
{
	u32 i;

	for (i = 0; i < SL_LINE_WORDS; i++)
		line->word[i] = (n + 1) * (2 * i + 1);
}

static void push(u32 n, bool batch)
{
	struct sl_line line[COUNT_MAX];
	u32 bad = batch ? next_op() : n ? ~0u : 0;
	u32 head = fuzz.tx.head;
	u32 i, done;

	n = batch ? n : 1;
	for (i = 0; i < n; i++)
		write_message(&line[i], fuzz.in + i);
	if (bad < n)
		line[bad].word[0] = 0;
	begin_call(true);
	done = batch ? sl_line_push_batch(&fuzz.tx, line, n) :
		       sl_line_push(&fuzz.tx, line);
	CHECK_EQ(fuzz.tx.head, head + done);
	CHECK(done <= min(n, bad));
	check_accesses(head, done);
	fuzz.in += done;
	if (fuzz.honest)
		CHECK(done == min(n, bad) ||
		      fuzz.in - fuzz.out == fuzz.slots);
}

static void pop(u32 n, bool batch)
{
	struct sl_line line[COUNT_MAX + 1];
	struct sl_line expected;
	u32 tail = fuzz.rx.tail;
	bool looked = fuzz.rx.limit - tail <= fuzz.rx.ahead;
	u32 i, done;

	n = batch ? n : 1;
	memset(line, 0x55, sizeof(line));
	begin_call(false);
	done = batch ? sl_line_pop_batch(&fuzz.rx, line, n) :
		       sl_line_pop(&fuzz.rx, line);
	CHECK_EQ(fuzz.rx.tail, tail + done);
	CHECK(done <= n);
	check_accesses(tail, done);
	check_tags_read(n, done, batch, looked);
	for (i = 0; i < done; i++) {
		CHECK(line[i].word[0]);
		write_message(&expected, fuzz.out++);
		if (fuzz.honest)
			CHECK(!memcmp(&line[i], &expected, sizeof(expected)));
	}
	/* Memory for messages that were not there is left alone. */
	memset(&expected, 0x55, sizeof(expected));
	for (; i <= COUNT_MAX; i++)
		CHECK(!memcmp(&line[i], &expected, sizeof(expected)));
	if (fuzz.honest)
		CHECK(done == n || fuzz.in == fuzz.out);
}

static void look(void)
{
	u32 used = fuzz.in - fuzz.out;
	u32 seen_tx, seen_rx, tail;
	bool ready;

	begin_call(false);
	ready = sl_line_ready(&fuzz.rx);
	seen_tx = sl_line_tx_used(&fuzz.tx);
	seen_rx = sl_line_rx_used(&fuzz.rx);
	CHECK(fuzz.accesses < 20);
	CHECK(seen_tx <= fuzz.slots && seen_rx <= fuzz.slots);
	CHECK(sl_line_used(&fuzz.tx, &fuzz.rx) <= fuzz.slots);
	if (fuzz.honest) {
		CHECK_EQ(ready, used > 0);
		CHECK_EQ(seen_tx, used);
		CHECK_EQ(seen_rx, used);
		CHECK_EQ(sl_line_used(&fuzz.tx, &fuzz.rx), used);
	}
	begin_call(false);
	if (!sl_line_find(fuzz.lines, fuzz.slots, &tail))
		CHECK(tail < fuzz.slots);
	CHECK(fuzz.accesses <= 3 * fuzz.slots + 3);
}

/* At the right position if 0 is given, at some other one if not. */
static void resume(int wrong, bool producer)
{
	u32 position = (producer ? fuzz.rx.tail : fuzz.tx.head) + wrong;
	u32 head = fuzz.tx.head, tail = fuzz.rx.tail;
	int err;

	begin_call(false);
	err = producer ? sl_line_tx_resume(&fuzz.tx, fuzz.lines, fuzz.slots,
					   position) :
			 sl_line_rx_resume(&fuzz.rx, fuzz.lines, fuzz.slots,
					   position);
	CHECK(fuzz.accesses <= 3 * fuzz.slots + 3);
	CHECK(!err || err == -EPROTO);
	if (fuzz.honest && !wrong) {
		CHECK_EQ(err, 0);
		CHECK_EQ(fuzz.tx.head, head);
		CHECK_EQ(fuzz.rx.tail, tail);
	}
	if (wrong)
		fuzz.honest = false;
	if (producer && !err)
		CHECK(fuzz.tx.head - position <= fuzz.slots);
	else if (!err)
		CHECK(position - fuzz.rx.tail <= fuzz.slots);
}

static void perform(u8 op)
{
	u8 n = op >> 3;

	switch (op & 7) {
	case 0:
	case 1:
		push(n, op & 1);
		break;
	case 2:
	case 3:
		pop(n, op & 1);
		break;
	case 4:
		scribble(next_op());
		break;
	case 5:
		look();
		break;
	default:
		resume(n ? n - 16 : 0, op & 1);
	}
	check_state();
}

static void open_both(void)
{
	memset(fuzz.lines, 0, sl_line_bytes(fuzz.slots));
	fuzz.in = fuzz.out = 0;
	fuzz.honest = true;
	CHECK_EQ(sl_line_tx_open(&fuzz.tx, fuzz.lines, fuzz.slots), 0);
	CHECK_EQ(sl_line_rx_open(&fuzz.rx, fuzz.lines, fuzz.slots), 0);
}

/* The memory of a page whose end is that of the lines, between two guards. */
static u8 *map_guarded(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	u8 *at = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);

	if (at == MAP_FAILED ||
	    mprotect(at + page, page, PROT_READ | PROT_WRITE))
		abort();
	return at + 2 * page;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static u8 *page_end;
	u8 *before;
	u32 i;

	if (!page_end)
		page_end = map_guarded();
	memset(&fuzz, 0, sizeof(fuzz));
	fuzz.slots = 1u << (bytes ? data[0] % 7 : 0);
	fuzz.lines = (struct sl_line *)(page_end - sl_line_bytes(fuzz.slots));
	before = page_end - sl_line_bytes(SLOTS_MAX);
	memset(before, 0xaa, (u8 *)fuzz.lines - before);
	fuzz.data = bytes ? data + 1 : data;
	fuzz.end = data + bytes;
	/* In some runs the peer has its first turn late, in some it has none. */
	fuzz.countdown = bytes ? data[0] / 7 * 4 : 0;
	if (fuzz.countdown >= 140)
		fuzz.countdown = ~0u;
	open_both();
	for (i = 0; i < OPS_MAX && fuzz.data < fuzz.end; i++)
		perform(next_op());

	fuzz.data = fuzz.end;
	open_both();
	for (i = 0; i < 3 * fuzz.slots; i++) {
		push(1, false);
		pop(i % COUNT_MAX, i % 2);
	}
	CHECK(fuzz.honest && fuzz.in == 3 * fuzz.slots);
	for (; before < (u8 *)fuzz.lines; before++)
		if (!CHECK(*before == 0xaa))
			break;
	/* libFuzzer looks at crashes, and the replay at the count. */
	if (sl_test_failed)
		abort();
	return 0;
}
