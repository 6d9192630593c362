// Package call is the one state machine of every remote call that moves money: a
// posting, an authorisation, a sale at the card system. It brings an order to its
// end through any number of lost answers, refusals and restarts, and knows
// nothing of the system at the other end.
//
// Step is pure: no clock, no I/O. Whoever runs it stores the new state durably
// before carrying out the effect, so that after a restart every call that may
// have left is known. All calls of one order carry the same serial, so that the
// other end can tell a repeat from a second order.
//
//	state     event                            next      effect
//	ordered   due                              calling   order
//	calling   done                             done      -
//	calling   done, but not what was ordered   unknown   -
//	calling   not done, about the moment       ordered   - (back-off)
//	calling   not done                         asking    - (a refusal is believed after one question)
//	calling   unknown, lost, lease over        asking    -
//	asking    due                              asking    ask
//	asking    done                             done      -
//	asking    done, but not what was ordered   unknown   -
//	asking    not done, undone                 not-done  -
//	asking    not done, after a refusal        not-done  -
//	asking    not done, 5 orders said nothing  not-done  -
//	asking    not done, after a done answer    done      case (the other end forgot it)
//	asking    not done                         ordered   - (the same order again)
//	asking    wait, lost, lease over           asking    - (back-off, not counted)
//	asking    says nothing, 5 times in 30 min  undoing   -
//	asking    the same, but undoing was tried  unknown   -
//	undoing   due                              undoing   undo
//	undoing   done                             not-done  -
//	undoing   not done, it was done            done      case (the refusal is kept)
//	undoing   the same, after an earlier undo  asking    - (that one may have been carried out)
//	undoing   not done                         asking    - (one question decides)
//	undoing   wait, lost, lease over           undoing   - (back-off, not counted)
//	undoing   says nothing, 5 times in 30 min  asking    - (if it was done)
//	undoing   says nothing, 5 times in 30 min  unknown   - (if it was not)
//
// Done, not-done and unknown are ends. Silence never leads to one: an order that
// nobody answers is asked about for ever, and Late says when people should know.
// What was done once stays done until a positive answer says that it was undone.
//
// An answer that arrives after its claim ended is a Late event. It may settle an
// open call; an end it contradicts keeps standing, the answer becomes Evidence,
// and the effect is a case:
//
//	state     late answer                      next      effect
//	open      done                             done      - (an undo that left goes on: it decides)
//	open      undone                           not-done  -
//	done      undone, or done differently      done      case
//	not-done  done, unless it was undone       not-done  case
//	unknown   done, undone                     unknown   case
//	any       not done                         same      - (a refusal of one call decides nothing)
//
// A person may order a Retry of a call that ended not-done or unknown, which asks
// first and then orders only what is not there, and an Undo of one that ended
// done or unknown. Whether that is allowed beside the case is the owner's rule.
package call
