// Package proof owns what stands behind the words of kiosks: a posting that was made because
// a kiosk asked for it, and its records that say what was taken; the cash that it reports, and
// what its own records make of it.
//
// A posting is unproven until a record closes its payment with the same sum. One that stays so
// while its kiosk is online for as long as its bounds say is a case and an alarm, once; both
// end by themselves, with the evidence, when the records come and agree. A kiosk that is
// offline proves nothing, and is not suspected for it: time counts only while it is there.
//
// The package refuses to undo anything: money is not reversed because a record is missing.
package proof
