/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Two cores and the owner, who lets them stand still to rewire: sched/park.h.
 *
 * Each core runs a stage as long as the wiring says that it is its own; when
 * it finds nothing to do it falls asleep on its bell, as in sleep.pml: it sets
 * its flag, passes a barrier, looks whether it is called, and only then
 * sleeps.  The owner writes its calls, passes a barrier, rings for those whose
 * flag is set, and waits on each core's answer; then it moves the stage and
 * releases.  Both wait as on a futex: asleep only while the word still has the
 * value that they saw.  Stores stay in a store buffer until it is emptied.
 * An owner may also lose patience and release cores that do not stand yet.
 *
 * Checked: nobody runs the stage while it is rewired, nor two at once; a core
 * that goes on after a release has seen the new wiring; all calls are answered
 * or called off and every core comes to its end (valid end states), so no
 * wake-up is lost, neither of a core that falls asleep nor of who waits.
 * spin objects if the sleeper passes no barrier (-DBROKEN=1), if the owner
 * does not (-DBROKEN=2), if a release does not wake (-DBROKEN=3), and if the
 * owner does not wait for the answers (-DBROKEN=4).
 */
#ifndef BROKEN
#define BROKEN	0
#endif
#define CORES	2
#define CALLS	2

byte call[CORES];		/* the owner's words, in memory */
byte standing[CORES];		/* the cores' answers, in memory */
bool sleeping[CORES];		/* in memory */
bool bell[CORES];		/* an eventfd: stays rung */
bool waits_call[CORES];		/* asleep in the futex of call[] */
bool waits_standing[CORES];	/* the owner in that of standing[] */
bool ended;
byte place;			/* core that the stage is on */
byte running;			/* cores in it */
bool rewiring;

/* Store buffers: a store of each, which the hardware empties when it likes. */
bool call_held[CORES];		/* the owner's store to call[] */
byte call_new[CORES];
bool flag_held[CORES];		/* the core's store to its flag */
bool flag_new[CORES];

inline owner_drains(k)
{
	d_step {
		if
		:: call_held[k] -> call[k] = call_new[k]; call_held[k] = false
		:: else
		fi
	}
}

inline core_drains(k)
{
	d_step {
		if
		:: flag_held[k] ->
			sleeping[k] = flag_new[k];
			flag_held[k] = false
		:: else
		fi
	}
}

/* A store to the flag, which may stay in the buffer. */
inline set_flag(k, value)
{
	core_drains(k);
	d_step { flag_held[k] = true; flag_new[k] = value };
	if
	:: core_drains(k)
	:: skip
	fi
}

active [CORES] proctype core()
{
	byte me = _pid;
	byte seen;

	do
	:: call[me] % 2 == 1 ->
		seen = call[me];
		/* stand: the answer is released, which empties the buffer */
		core_drains(me);
		if
		:: seen % 2 == 1 ->
			standing[me] = seen;
			waits_standing[me] = false;	/* futex wake */
			do
			:: atomic {
				call[me] == seen ->
				/* futex wait: asleep if it is still that */
				waits_call[me] = true
			   }
			   !waits_call[me]
			:: call[me] != seen -> break
			od
		:: else
		fi
	:: call[me] % 2 == 0 && place == me ->
		/* a turn: the stage is run by whoever it is wired to */
		running++;
		assert(running == 1);
		assert(!rewiring);
		running--
	:: call[me] % 2 == 0 && !ended ->
		/* nothing to do: fall asleep */
		set_flag(me, true);
#if BROKEN != 1
		core_drains(me);
#endif
		if
		:: call[me] % 2 == 1 -> skip
		:: else ->
			/* epoll_wait: until the bell rings */
			bell[me] || ended
		fi;
		bell[me] = false;
		core_drains(me);
		set_flag(me, false)
	:: ended && call[me] % 2 == 0 -> break
	od;
	core_drains(me)
}

inline release(k)
{
	owner_drains(k);
	call[k] = call[k] + 1;
#if BROKEN != 3
	waits_call[k] = false
#endif
}

active proctype owner()
{
	byte round, k;
	bool patient;

	do
	:: round == CALLS -> break
	:: else ->
		for (k : 0 .. CORES - 1) {
			d_step {
				call_held[k] = true;
				call_new[k] = call[k] + 1
			}
			if
			:: owner_drains(k)
			:: skip
			fi
		}
#if BROKEN != 2
		for (k : 0 .. CORES - 1) {
			owner_drains(k)
		}
#endif
		for (k : 0 .. CORES - 1) {
			if
			:: sleeping[k] ->
				/* the flag, then the bell: a system call */
				sleeping[k] = false;
				bell[k] = true
			:: else
			fi
		}
		/* What is in a buffer does not stay there for ever. */
		for (k : 0 .. CORES - 1) {
			owner_drains(k)
		}
		patient = true;
#if BROKEN != 4
		for (k : 0 .. CORES - 1) {
			do
			:: standing[k] == call[k] || !patient -> break
			:: atomic {
				standing[k] != call[k] && patient ->
				waits_standing[k] = true
			   }
			   !waits_standing[k]
			:: round == 0 && standing[k] != call[k] ->
				patient = false
			od
		}
#endif
		if
		:: patient ->
			rewiring = true;
			assert(!running);
			place = 1 - place;
			rewiring = false
		:: else
		fi;
		for (k : 0 .. CORES - 1) {
			release(k)
		}
		round++
	od;
	ended = true
}
