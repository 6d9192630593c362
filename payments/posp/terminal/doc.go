// Package terminal is the procedure of one bank terminal: what it sends to the POSP,
// and when, so that no sale is taken twice or left half done.
//
// Step is pure: no clock, no I/O, no randomness. Whoever runs it stores each event
// durably before it carries out the actions, and after a restart folds the stored
// events into the same State, adds Started, and goes on. Events, state and actions hold
// no card number, track, PIN or key; the runner has the card in memory until the sale
// is sent, makes each MAC with the keys of the moment, and loads the keys that a
// sign-in brings.
//
// One message is under way at a time. What waits is sent in this order: sign-in,
// reversal, settlement.
//
//	under way   what comes                          then
//	sale, void  done                                concluded done, in the batch
//	            not done                            concluded not done
//	            not sent                            concluded not done
//	            unknown code, no answer, wrong MAC, concluded unknown, reversal pending
//	            unreadable, answer to another, restart
//	refund      the same                            concluded unknown: people find out
//	balance     the same                            concluded unknown: nothing moved
//	reversal    00                                  reversed
//	            25, 12                              reversed: there was nothing. If the POSP had approved
//	                                                it before that is a contradiction, for people
//	            anything else, nothing              pending, sent again after a pause, for ever
//	sign-in     00                                  load keys
//	            anything else, nothing              again after a pause
//	settle      equal                               next batch, sign-in
//	            not equal                           upload
//	            failed, refused                     the batch stays and is reported
//	            later, nothing                      again after a pause
//	upload      00                                  the next, at last the end
//	            anything else, nothing              reported; again after a pause
//	upload-end  00                                  next batch, sign-in
//
// A sale is ordered only while the terminal is signed in, nothing is under way, no
// reversal is pending and no batch is being settled. A wrong MAC, or a code that says
// that MAC or PIN could not be checked, makes the terminal sign in before anything else
// is sent.
//
// An answer to a sale that has been concluded already never changes that: it is
// evidence, and goes to people where it contradicts.
package terminal
