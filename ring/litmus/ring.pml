/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The ring of ring/ring.h between two cores, the consumer of which falls
 * asleep: nothing is lost, doubled or put out of order, and all of it is taken
 * in the end, so no wake-up is lost and nobody waits for ever.
 *
 *   producer   fills slots in ascending order, one or two at a time, then reads
 *              the consumer's flag, with no fence in between; if it is set,
 *              clears it and rings the bell
 *   consumer   pops one or two at a time, and clears a line of slots when all
 *              of them are popped; if the ring is dry it sets its flag, makes
 *              the other core pass a barrier, looks once more, and sleeps,
 *              though a part of a line may be popped and not yet cleared
 *   both       look ahead, before they need it and when they need it, and take
 *              the slot that they look at as speaking for all before it
 *
 * Which slot either side looks at, and when, is left to chance, so whatever
 * the policy is, it is among the runs searched here.  All that they must heed
 * is how far a look may reach.  A slot is the producer's to look at until a
 * lap after the head: farther on, it is still to be filled on this lap.  It is
 * the consumer's until a lap after what has been cleared: farther on, what
 * looks full is what was popped on this lap.
 *
 * Stores go through store buffers, first in, first out, which the hardware
 * empties when it likes; a core sees its own stores at once.  That is x86; and
 * as all shared stores but those of the flag are releases and all loads that
 * look ahead are acquires, other machines show no more of the handshake (what
 * acquire and release do here is in the .litmus files beside this one).
 * Sleeping has no time-out; the real one's would hide a lost wake-up.  A
 * producer that finds the ring full looks again and again; the real one sleeps
 * for a millisecond in between, but nobody rings for it, so it is the same.
 *
 * spin: -a -f -m100000
 *
 * Each of these, given with -D, breaks it (ring/mutants_test.sh has spin say
 * so, and searches rings of other sizes):
 *
 *   NO_BARRIER      the consumer makes nobody pass a barrier: each side reads
 *                   what the other one's store has not reached yet
 *   NO_SECOND_LOOK  it sleeps at once when the barrier was passed
 *   CLEAR_FIRST     a slot is cleared before it is read
 *   CLEAR_BACKWARD  a line is cleared from its end: one empty slot does not
 *                   speak for those before it
 *   FILL_BACKWARD   two slots are filled from the end, likewise
 *   UNORDERED       stores are no releases: buffers empty in any order
 *   LOOK_ROUND      the consumer takes for full what it has popped itself
 *   FILL_ROUND      the producer takes for empty twice what is so once
 *   LINE=8          the line is longer than the ring, yet cleared at its end:
 *                   the producer waits for slots, and the consumer sleeps
 */
#ifndef SLOTS
#define SLOTS	4
#endif
#ifndef LINE
#define LINE	2	/* slots of a cache line, cleared together */
#endif
#ifndef EVENTS
#define EVENTS	9	/* two laps, and one more */
#endif
#define BATCH	2

#ifdef FILL_ROUND
#define FILL_END	(head + SLOTS + 1)
#else
#define FILL_END	(head + SLOTS)
#endif
#ifdef LOOK_ROUND
#define LOOK_END	(tail + SLOTS)
#else
#define LOOK_END	(cleared + SLOTS)
#endif

#define PRODUCER	0
#define CONSUMER	1
#define FLAG		SLOTS	/* its address; slots have those before */

byte memory[SLOTS + 1];
chan buffer[2] = [4] of { byte, byte };	/* stores: address and value */
bool bell;			/* an eventfd: stays rung until it is heard */
byte tail;			/* events popped; the n-th one's value is n */
byte cleared;			/* slots before this one are cleared */

ltl all_taken { <> (tail == EVENTS) }

inline store(core, address, value)
{
	buffer[core] ! (address), (value)
}

inline load(core, address, value)
{
	atomic {
		if
		:: buffer[core] ?? [eval(address), _] ->
			buffer[core] ?? <eval(address), value>
		:: else -> value = memory[address]
		fi
	}
}

/* What a full barrier waits for on a core. */
#define passed(core)	empty(buffer[core])

/* The hardware: one process for the buffer of each core. */
active [2] proctype drain()
{
	byte address, value;
end:
	do
#ifdef UNORDERED
	:: atomic { buffer[_pid] ?? 0, value -> memory[0] = value; value = 0 }
	:: atomic { buffer[_pid] ?? 1, value -> memory[1] = value; value = 0 }
	:: atomic { buffer[_pid] ?? 2, value -> memory[2] = value; value = 0 }
	:: atomic { buffer[_pid] ?? 3, value -> memory[3] = value; value = 0 }
	:: atomic { buffer[_pid] ?? 4, value -> memory[4] = value; value = 0 }
#else
	:: atomic {
		buffer[_pid] ? address, value ->
		memory[address] = value;
		address = 0;
		value = 0
	   }
#endif
	od
}

/* A batch of one or two, as far as there are events left to push. */
inline choose_batch(end, first)
{
	if
	:: end = first + 1
	:: first + BATCH <= EVENTS -> end = first + BATCH
	fi
}

active proctype producer()
{
	byte head, head_limit;	/* slots before the limit are empty */
	byte end, far, seen;

	do
	:: head == EVENTS -> break
	:: atomic { head < EVENTS -> choose_batch(end, head) }

		/* sl_ring_push_batch() */
		do
		:: head == end -> break
		:: head < end ->
			if
			:: atomic {
				head_limit < FILL_END ->
				select(far : head_limit .. FILL_END - 1);
				load(PRODUCER, far % SLOTS, seen);
				if
				:: !seen -> head_limit = far + 1
				:: else
				fi;
				far = 0;
				seen = 0
			   }
			:: true
			fi;
			if
			:: head < head_limit
			:: atomic {
				head == head_limit ->
				load(PRODUCER, head % SLOTS, seen);
				if
				:: !seen -> head_limit = head + 1
				:: else -> end = head	/* it is full */
				fi;
				seen = 0
			   }
			fi;
			if
			:: head == end
#ifdef FILL_BACKWARD
			:: atomic {
				head + 2 == end && head + 2 <= head_limit ->
				store(PRODUCER, (head + 1) % SLOTS, head + 2)
			   }
				atomic {
					store(PRODUCER, head % SLOTS, head + 1);
					head = head + 2
				}
#endif
			:: atomic {
				head < end ->
				store(PRODUCER, head % SLOTS, head + 1);
				head++
			   }
			fi
		od;

		/* push() of sched/exec.c */
		atomic {
			end = 0;
			load(PRODUCER, FLAG, seen)
		}
		if
		:: !seen
		:: seen ->
			/* sl_core_wake(); its write(2) passes a barrier */
			atomic {
				store(PRODUCER, FLAG, false);
				seen = 0
			}
			atomic {
				passed(PRODUCER);
				bell = true
			}
		fi
	od
}

/* sl_ring_retire() */
inline clear_popped()
{
#ifdef CLEAR_BACKWARD
	far = tail;
	do
	:: atomic {
		far > cleared ->
		far--;
		store(CONSUMER, far % SLOTS, 0)
	   }
	:: far == cleared -> break
	od;
	atomic {
		cleared = tail;
		far = 0
	}
#else
	do
	:: atomic {
		cleared < tail ->
		store(CONSUMER, cleared % SLOTS, 0);
		cleared++
	   }
	:: cleared == tail -> break
	od
#endif
}

active proctype consumer()
{
	byte tail_limit;	/* slots before this one are full */
	byte end, far, event;
	bool dry;

	do
	:: tail == EVENTS -> break
	:: atomic { tail < EVENTS -> choose_batch(end, tail) }

		/* sl_ring_pop_batch() */
		do
		:: tail == end || dry -> break
		:: tail < end && !dry ->
			if
			:: atomic {
				tail_limit < LOOK_END ->
				select(far : tail_limit .. LOOK_END - 1);
				load(CONSUMER, far % SLOTS, event);
				if
				:: event -> tail_limit = far + 1
				:: else
				fi;
				far = 0;
				event = 0
			   }
			:: true
			fi;
			if
			:: tail < tail_limit
			:: atomic {
				tail == tail_limit ->
				load(CONSUMER, tail % SLOTS, event);
				if
				:: event -> tail_limit = tail + 1
				:: else -> dry = true
				fi;
				event = 0
			   }
			fi;
			if
			:: dry
			:: !dry ->
#ifdef CLEAR_FIRST
				store(CONSUMER, tail % SLOTS, 0);
				cleared++;
#endif
				atomic {
					load(CONSUMER, tail % SLOTS, event);
					/* not lost, doubled, out of order */
					assert(event == tail + 1);
					event = 0;
					tail++
				}
				if
				:: tail % LINE == 0 -> clear_popped()
				:: tail % LINE != 0
				fi
			fi
		od;
		end = 0;

		if
		:: !dry
		:: dry ->
			/* doze() of sched/core_user.c */
			atomic {
				dry = false;
				store(CONSUMER, FLAG, true)
			}
#ifndef NO_BARRIER
			passed(CONSUMER);
			passed(PRODUCER);
#endif
#ifndef NO_SECOND_LOOK
			load(CONSUMER, tail % SLOTS, event);
#endif
			if
			:: event ->
				atomic {
					event = 0;
					store(CONSUMER, FLAG, false)
				}
			:: !event ->
				/* epoll_wait() */
				bell;
				store(CONSUMER, FLAG, false);
				bell = false
			fi
		fi
	od
}
