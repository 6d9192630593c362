// Package order is the state machine of one order at a QR acquirer, as head office
// runs it: it brings an order to its end through lost answers, late payments and
// restarts. Step is pure: no clock, no I/O. Whoever runs it stores the new state
// durably before carrying out the effect.
//
//	state      event                                next        effect
//	placing    due                                  placing     place
//	placing    placed                               waiting
//	placing    not placed                           waiting     (one question decides)
//	placing    nothing known, over                  waiting
//	placing    nothing known                        placing     (again, the same serial)
//	collecting due, the code is at hand             collecting  collect
//	collecting due, the code is gone (a restart)    waiting     (one question decides)
//	collecting paid                                 paid
//	collecting refused, nothing known               waiting     (a question decides)
//	waiting    due                                  waiting     ask
//	waiting    paid                                 paid
//	waiting    not paid, for good                   not-paid
//	waiting    not yet, or nothing known            waiting     (again in AskEvery)
//	waiting    not yet, over                        closing
//	waiting    nobody waits any more                closing
//	closing    due                                  closing     close
//	closing    closed                               ending
//	closing    refused                              closing     ask: is it paid, closed, or not there?
//	closing    not there, for two minutes           not-paid
//	closing    nothing known                        closing     (again)
//	ending     due                                  ending      ask, the last question
//	ending     paid                                 paid
//	ending     anything else that is known          not-paid
//	paid       nobody has what was paid for         refunding
//	refunding  due                                  refunding   refund
//	refunding  refunded                             refunded
//	refunding  refused                              (one question)  ask-refund
//	refunding  nothing known                        (one question)  ask-refund
//	refunding  none known to the question           refunding   (again; after three refusals it is kept)
//	refunding  refused, and the question too        kept        case
//	any        a notice: paid                       paid, or refunding where the kiosk was told otherwise
//
// Closing may give back what was paid: a collection always, a code that is shown at some
// acquirers. So while a closing is under way a notice that the order is paid decides
// nothing, and one that comes after the money went back is of before. And an order whose
// time is over is asked about once more before it is closed: books that came out of a
// backup have orders open that were paid, and posted, since.
//
// Silence never ends an order: it is asked about for ever, and Late says when a
// person should know. A payment that comes after the kiosk was told that there is
// none goes back by itself; one that comes before goes where the customer wanted it.
package order
