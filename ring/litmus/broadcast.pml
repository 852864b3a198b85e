/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The ring of ring/broadcast.h between a producer and two readers who join and
 * leave when they like: each sees every event from its first to its last, in
 * order; no event is taken for done while somebody holds it; and the producer
 * gets rid of all, whoever has left in the meantime.
 *
 * As in ring.pml, stores go through store buffers that empty when they like.
 * Joining, which one thread at a time may do, is under a mutex here.  There is
 * one reader's number for both to fight for, so it goes from hand to hand; two
 * take minutes to search.  A slot's value is the event's number, from 1, and
 * its lap bit is what that gives.
 *
 * spin: -noclaim -m100000
 *
 * That the producer gets rid of all, with -a -f, is left to
 * ring/mutants_test.sh, for readers who join less often; and that each of
 * these, given with -D, breaks it:
 *
 *   STALE_TAIL    the producer believes the tail of a reader that has not
 *                 popped yet, which is of a former life
 *   LET_GO_EARLY  events are let go of when they are popped, not afterwards
 *   NO_LAP        a slot is new if there is something in it
 *   ROOM_ROUND    the producer writes one slot more than there are
 *   UNORDERED     stores are no releases: buffers empty in any order
 */
#ifndef SLOTS
#define SLOTS	2
#endif
#ifndef SEATS
#define SEATS	1	/* readers' numbers */
#endif
#ifndef LIVES
#define LIVES	3	/* so often somebody joins */
#endif
#ifndef EVENTS
#define EVENTS	5	/* two laps, and one more */
#endif
#define BATCH	2

#ifdef ROOM_ROUND
#define ROOM	(SLOTS + 1)
#else
#define ROOM	SLOTS
#endif

/* Addresses; the first ones are slots'. */
#define TAIL(seat)	(SLOTS + (seat))
#define LIFE(seat)	(SLOTS + SEATS + (seat))
#define START(seat)	(SLOTS + 2 * SEATS + (seat))
#define GATE(seat)	(SLOTS + 3 * SEATS + (seat))
#define ADDRESSES	(SLOTS + 4 * SEATS)

byte memory[ADDRESSES];
chan buffer[3] = [3] of { byte, byte };	/* stores: address and value */
byte lives;		/* begun */
byte done;		/* what the producer believes all have left behind */

/* What is so, whatever anybody believes. */
bool holding[SEATS];	/* there is a reader, and it has begun */
byte held[SEATS];	/* it may use events from this one on */

ltl all_done { <> (done == EVENTS) }

/* Nobody loads what is in its own buffer. */
inline store(core, address, value)
{
	buffer[core] ! (address), (value)
}

/* Is a slot with this value written on the lap of this position? */
#define LAP(position)	(1 - (((position) / SLOTS) & 1))
#ifdef NO_LAP
#define NEW(value, position)	((value) != 0)
#else
#define NEW(value, position) \
	((value) && LAP((value) - 1) == LAP(position) || \
	 !(value) && !LAP(position))
#endif

/* May a reader take this number?  The mutex has drained its buffer. */
#define FREE(seat)	(empty(buffer[core]) && !(memory[LIFE(seat)] & 1))

active [3] proctype drain()
{
	byte address, value;
end:
	do
#ifdef UNORDERED
	:: atomic {
		select(address : 0 .. ADDRESSES - 1);
		if
		:: buffer[_pid] ?? [eval(address), _] ->
			buffer[_pid] ?? eval(address), value;
			memory[address] = value
		:: else
		fi;
		address = 0;
		value = 0
	   }
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

active proctype producer()
{
	byte head, limit, end, slowest, seat, life, tail;
	byte start[SEATS], gate[SEATS];

	do
	:: done == EVENTS -> break
	:: done != EVENTS ->
		/* sl_broadcast_push_batch() of one or two, or none */
		atomic {
			if
			:: head < EVENTS -> end = head + 1
			:: head + BATCH <= EVENTS -> end = head + BATCH
			:: head == EVENTS -> end = head
			fi
		}
		if
		:: end <= limit && end != head
		:: end > limit || end == head ->
			/* look() */
			slowest = head;
			seat = 0;
			do
			:: seat == SEATS -> break
			:: seat < SEATS ->
				atomic {
					life = memory[LIFE(seat)];
					if
					:: life != gate[seat] && (life & 1) ->
						start[seat] = head;
						store(0, START(seat), head)
					:: else
					fi
				}
				atomic {
					if
					:: life != gate[seat] ->
						gate[seat] = life;
						store(0, GATE(seat), life)
					:: else
					fi
				}
				atomic {
					if
					:: life & 1 ->
						tail = memory[TAIL(seat)];
#ifndef STALE_TAIL
						if
						:: tail < start[seat] ->
							tail = start[seat]
						:: else
						fi;
#endif
						if
						:: tail < slowest ->
							slowest = tail
						:: else
						fi
					:: else
					fi;
					life = 0;
					tail = 0;
					seat++
				}
			od;
			atomic {
				seat = 0;
				assert(slowest >= done);
				do
				:: seat == SEATS -> break
				:: seat < SEATS ->
					/* nobody holds what is done */
					assert(!holding[seat] ||
					       slowest <= held[seat]);
					seat++
				od;
				done = slowest;
				limit = done + ROOM;
				seat = 0;
				slowest = 0;
				if
				:: end > limit -> end = limit
				:: else
				fi
			}
		fi;
		do
		:: head == end -> break
		:: atomic {
			head < end ->
			store(0, head % SLOTS, head + 1);
			head++
		   }
		od;
		end = 0
	od
}

active [2] proctype reader()
{
	byte core = _pid - 3;
	byte seat, life, next, tail, end, value;
	bool in;

	do
	:: true ->
		/* sl_broadcast_join(), again and again */
end_waiting:	atomic {
			if
			:: lives == LIVES -> break
			:: lives < LIVES && FREE(0) -> seat = 0
#if SEATS > 1
			:: lives < LIVES && FREE(1) -> seat = 1
#endif
			fi;
			lives++;
			life = memory[LIFE(seat)] + 1;
			memory[LIFE(seat)] = life
		}
		do
		:: atomic {
			/* sl_broadcast_leave() */
			holding[seat] = false;
			held[seat] = 0;
			in = false;
			next = 0;
			store(core, LIFE(seat), life + 1);
			life = 0
		   }
			break
		:: true ->
			/* sl_broadcast_pop_batch() of one or two */
			if
			:: in
			:: !in && memory[GATE(seat)] == life ->
				/* sl_broadcast_enter() */
				atomic {
					next = memory[START(seat)];
					in = true;
					tail = next;
					holding[seat] = true;
					held[seat] = next
				}
				store(core, TAIL(seat), next)
			:: !in && memory[GATE(seat)] != life ->
				goto nothing
			fi;
			if
			:: tail != next ->
				atomic {
					tail = next;
					held[seat] = next;
					store(core, TAIL(seat), next)
				}
			:: tail == next
			fi;
			if
			:: end = next + 1
			:: end = next + BATCH
			fi;
			do
			:: next == end -> break
			:: next != end ->
				atomic {
					value = memory[next % SLOTS];
					if
					:: NEW(value, next) ->
						/* none left out, none twice */
						assert(value == next + 1);
						next++
					:: else -> end = next
					fi;
					value = 0
				}
			od;
			end = 0;
#ifdef LET_GO_EARLY
			tail = next;
			store(core, TAIL(seat), next);
#endif
nothing:		skip
		od
	od
}
