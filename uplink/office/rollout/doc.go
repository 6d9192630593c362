// Package rollout is how a bundle goes out to a fleet: which kiosks get it when,
// when it stops by itself, and who goes back. Order and Decide are a pure machine: no
// I/O, no clock, no goroutine. Planner keeps what they return in the database (Tx),
// with the bundles and groups that rollouts are made of; only then is anything sent.
//
// Words: a rollout has targets, the kiosks that it is for, which are settled when
// it is started and stay in their waves. A wave is open once its jobs may be sent;
// it is over when each of its targets has come to an end; then it soaks, and the
// next one opens if the gate holds. A standing says how one target is:
//
//	waiting    no job was made yet
//	in-flight  it has a job that is not at its end
//	good       it runs the new build and marked it good
//	failed     it fell back, gave up or refused
//	silent     it took the job and was then not heard of: after a restart for
//	           Gate.SilentMinutes, else for as long after the deadline
//	missed     it was never heard of before the deadline; that says nothing
//	           about the build
//	withdrawn  it gave the job back when that was withdrawn
//	skipped    no job was made, for the reason given
//
// States, and what leads from one to another (Order is a person's, Decide the
// machine's):
//
//	draft         start -> running (not by who created it), stop -> stopped
//	running       pause -> paused, stop -> stopped, roll-back -> rolling-back;
//	              the gate breaks -> stopped, or rolling-back if AutoRollback;
//	              the last wave has soaked -> done
//	paused        start -> running, stop -> stopped, roll-back -> rolling-back;
//	              the gate breaks -> as running
//	stopped       roll-back -> rolling-back, if it was ever started
//	done          roll-back -> rolling-back
//	rolling-back  stop -> stopped; nobody is left to go back -> stopped
//
// The gate breaks when failures exceed Gate.MaxFailures, or silent ones exceed
// Gate.MaxSilent, or when a wave is over and less than Gate.MinSuccess percent of
// the good, failed and silent are good. While a wave soaks, good kiosks that were
// not heard of for Gate.SilentMinutes count as silent too, but only hold the next
// wave up: a kiosk that is switched off at night stops nothing.
//
// What it refuses: a second job of one kind for one target; a job while another
// rollout's is open at the kiosk; a rollback to a build that the kiosk's other
// slot is not known to hold.
package rollout
