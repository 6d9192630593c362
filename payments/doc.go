// Package payments is the domain: what money is, between a customer at a machine
// and an account at the utility.
//
// A [Transaction] is a value made of legs: the one that takes the money by its tender
// (payments/cash, payments/bankcard, payments/qr), the post leg (payments/post) and,
// where power is bought, the card leg (payments/metercard). Its route ([RouteOf]) says
// which legs it has, in which order. It changes only by [Step], which gives one [Event]
// to the leg that it concerns, looks the new facts up in payments/compensation, and says
// which [Effect]s are now due. Step does no I/O and knows no clock and no randomness.
//
// Every event is a journal record. Whoever runs Step makes the event durable
// first, applies it, and only then carries out the effects. A restart folds the
// same records and lands in the same state; each effect may be carried out again
// without harm.
//
// [Fold] is the one reading of records: the kiosk, head office's books, the
// technician's verify and the story of a payment all use it, through one table of
// event types. A record that carries a serial and has a type or version that the
// table does not know is an error, never skipped: it could be money.
//
// The domain imports the standard library, boards/ground and its own parts only. The
// adapters of the systems at the other end (payments/mis, payments/acquirer) may have
// libraries of their own. None of them sees a device, a database or MQTT.
package payments
