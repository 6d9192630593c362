// Package payments is the domain: what money is, between a customer who puts
// notes into a machine and an account at the utility.
//
// A [Transaction] is a value. It changes only by [Step], which applies one
// [Event] and says which [Effect]s are now due. Step does no I/O and knows no
// clock and no randomness. Every event is a journal record: whoever runs Step
// makes the event durable first, applies it, and only then carries out the
// effects. A restart folds the same events and lands in the same state; each
// effect may be carried out again without harm.
//
// Truth table of Step (a blank is ErrIllegal, - is "no change"):
//
//	event \ status    tendering        posting          posted    owed/disputed  cancelled
//	opened            (only on the zero transaction: -> tendering; effect accept notes)
//	note-accepted     -> pending note;  stack it
//	note-stacked      credit pending    credit unresolved (owed)   …same          …same
//	note-returned     drop pending      drop unresolved  …same     …same          …same
//	note-unresolved   hold as a case
//	cash-closed       total > 0: -> posting; order it and print
//	                  total = 0: -> cancelled
//	outcome-learned                     -> posted | owed | disputed; print
//	slip              -                 -                -         -              -
//
// The package and those below it import the standard library and each other
// only. They never see a device, a database or MQTT.
package payments
