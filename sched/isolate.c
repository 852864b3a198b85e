// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "membank/guard.h"
#include "sched/isolate.h"
#include "sched/reach.h"
#include "sched/transfer.h"

/* What is said of the pipeline as a whole is said by the first stage. */
static void complain(const struct sl_pipeline *p, int err)
{
	if (err == -ENOSPC)
		sl_stage_log(p->stage, "isolate: pkey: others in this process have taken all keys");
	else
		sl_stage_log(p->stage, "isolate: pkey: this processor or its system has no protection keys (pku in /proc/cpuinfo); set isolate to none");
}

static bool together(const struct sl_pipeline *p, u32 a, u32 b)
{
	u32 stage_a = p->plan.instance[a].stage;
	u32 stage_b = p->plan.instance[b].stage;
	const char *bank = p->graph.stage[stage_a].bank;

	return stage_a == stage_b ||
	       (*bank && !strcmp(bank, p->graph.stage[stage_b].bank));
}

/**
 * sl_isolate_domain() - whom an instance shares a key with
 * @p: any pipeline
 * @instance: one of its instances
 *
 * Return: the first instance of them.
 */
u32 sl_isolate_domain(const struct sl_pipeline *p, u32 instance)
{
	u32 i = 0;

	while (!together(p, i, instance))
		i++;
	return i;
}

/**
 * sl_isolate_open() - find out whether stages can be isolated
 * @p: a pipeline with its stages made, of which none is open
 *
 * Return: 0, also if nobody asks for it, or a negative errno, having said why.
 */
int sl_isolate_open(struct sl_pipeline *p)
{
	u32 i;
	int err;

	if (p->graph.isolate == SL_ISOLATE_NONE)
		return 0;
	err = sl_guard_probe();
	if (err) {
		complain(p, err);
		return err;
	}
	for (i = 0; i < p->plan.instance_count; i++)
		p->stage[i].guarded = true;
	return 0;
}

static bool has_memory(const struct sl_pipeline *p, u32 domain)
{
	u32 i;

	for (i = 0; i < p->plan.instance_count; i++)
		if (sl_isolate_domain(p, i) == domain &&
		    sl_region_bytes(p->region[i]))
			return true;
	return false;
}

static u32 count_domains(const struct sl_pipeline *p)
{
	u32 count = 0;
	u32 i;

	for (i = 0; i < p->plan.instance_count; i++)
		count += sl_isolate_domain(p, i) == i && has_memory(p, i);
	return count;
}

/* Takes a key for each domain that has memory; key 0 is nobody's. */
static int take_keys(struct sl_pipeline *p, u8 *key)
{
	u32 taken = 0;
	int got;
	u32 i;

	for (i = 0; i < p->plan.instance_count; i++) {
		if (sl_isolate_domain(p, i) != i || !has_memory(p, i))
			continue;
		got = sl_guard_take(sl_region_name(p->region[i]));
		if (got == -ENOSPC)
			sl_stage_log(p->stage, "isolate: pkey: %u stages and groups have memory, and there are keys for %u; let stages share a bank, as s1: { bank: a }, s2: { bank: a }",
				     count_domains(p), taken);
		else if (got < 0)
			complain(p, got);
		if (got < 0)
			return got;
		key[i] = got;
		p->keys |= 1u << got;
		taken++;
	}
	return 0;
}

static int cover(struct sl_pipeline *p, const u8 *key)
{
	int err = 0;
	u32 i;

	for (i = 0; i < p->plan.instance_count && !err; i++)
		if (p->region_of[i] == i && sl_region_bytes(p->region[i]))
			err = sl_region_guard(p->region[i],
					      key[sl_isolate_domain(p, i)]);
	if (err)
		sl_stage_log(p->stage, "isolate: pkey: memory could not be put under a key (%d)",
			     err);
	return err;
}

/* Keys to the memory that a stage has of its own, or may meet events of. */
static u32 keys_of(const struct sl_pipeline *p, u32 instance, const u8 *key)
{
	const struct sl_reach_set *meets = &p->reach->meets[instance];
	u32 keys = 1u << key[sl_isolate_domain(p, instance)];
	u32 i, at;

	for (i = 0; i < SL_INSTANCES_MAX + p->way_count; i++) {
		if (!sl_reach_has(meets, i))
			continue;
		at = i < SL_INSTANCES_MAX ? i : p->way[i - SL_INSTANCES_MAX].to;
		keys |= 1u << key[sl_isolate_domain(p, at)];
	}
	return keys & p->keys;
}

/**
 * sl_isolate_guard() - put all regions under keys, and say who has which
 * @p: a pipeline that is open but for this
 *
 * Return: 0, also if nobody asks for it, or a negative errno, having said why.
 */
int sl_isolate_guard(struct sl_pipeline *p)
{
	u8 key[SL_INSTANCES_MAX] = { 0 };
	u32 i;
	int err;

	if (p->graph.isolate == SL_ISOLATE_NONE)
		return 0;
	err = take_keys(p, key);
	if (!err)
		err = cover(p, key);
	if (err)
		return err;

	for (i = 0; i < p->plan.instance_count; i++) {
		p->stage[i].rights = sl_guard_rights(keys_of(p, i, key));
		p->stage[i].run = sl_core_run_guarded;
	}
	for (i = 0; i < p->way_count; i++) {
		struct sl_way *way = &p->way[i];

		if (!way->transfer)
			continue;
		way->transfer->guarded = true;
		way->transfer->rights =
			sl_guard_rights(keys_of(p, way->from, key) |
					keys_of(p, way->to, key));
	}
	for (i = 0; i < p->plan.worker_count; i++)
		p->core[i].guarded = true;
	p->rights = sl_guard_rights(p->keys);
	return 0;
}

/**
 * sl_isolate_close() - give the keys back
 * @p: a pipeline whose regions are gone
 */
void sl_isolate_close(struct sl_pipeline *p)
{
	u32 key;

	for (key = 1; key <= SL_GUARD_KEYS_MAX; key++)
		if (p->keys >> key & 1)
			sl_guard_give(key);
}
