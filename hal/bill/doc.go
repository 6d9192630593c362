// Package bill is the note-validator kind (XFS4IoT: Cash Acceptor with an
// escrow of one note and a cassette that only a person empties).
//
// A driver is a hal.Engine[Command, Event]. The one rule that money rests on:
//
//	Stacked, and only Stacked, means that a note is in the cassette. The driver
//	keeps reporting it - across polls, and across a restart of the host where
//	the protocol lets it - until the owner has confirmed with a Confirm command
//	that the event is durable. Only then may the driver acknowledge the device.
//
// Where a note came back is confirmed in the same way (Returned and
// PoweredUpInValidator): a driver withholds the acknowledgement until then where
// its protocol has one. One Confirm answers one report, in their order; a Confirm
// that meets no report is ignored.
//
// So a host that dies between the device's report and its own journal hears the
// report again, and a report that is repeated is one event.
//
// What the driver cannot know is whether the device heard the acknowledgement
// that followed Confirm. A host that restarts right then may hear of the note once
// more. The owner therefore writes down each note before it orders Stack, and proves
// from its journal whether a Stacked or PoweredUpInStacker without an open note is a
// repeat; any other is a note that nobody ordered, and a person settles it.
//
// From the order to stack until the end of that note is confirmed, or the note is Lost,
// the device takes no other note. It waits for the acknowledgement by itself (CCNET,
// ID003, SSP), or its driver shuts the slot no later than with the order (EBDS, ccTalk). So what a restarted host finds in escrow, or sees come out, is never a
// second note while the one that is open in the owner's journal lies in the cassette
// unheard: it is that note, or one that came after that note had gone back.
//
// What a silence hides no driver guesses: after it the table of notes is read again, a
// note that the device had taken the order to stack is Lost before another is reported,
// and what is found on its way out has no known value. A note that the device began to
// stack without an order, and whose end was missed, is Lost without a value.
//
// Returned is what the device says, not what is likely. A note that was in escrow when the
// device fell silent, restarted or stopped for a fault may be in the hand of whoever opened the
// device: unless the device says afterwards that it gives the note back, it is Lost with its
// value. CCNET, SSP, EBDS and ccTalk tell after a silence of a note that went back meanwhile;
// ID003 does not, and neither does EBDS where its power-up was over by then.
//
// The sub-packages are the drivers, by protocol; owner is what they keep alike between
// owner and device, and billtest the conformance suite that each of them passes.
package bill
