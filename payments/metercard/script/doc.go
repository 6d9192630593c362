// Package script is the instruction stream (指令流): the steps that the card-meter system
// has the terminal carry out on a meter card, in rounds. The terminal knows no key; it
// checks that a script is for this card and this transaction and touches nothing but what
// a purchase may touch, carries it out, and says what the card answered. The package has
// no I/O, no clock and no keys: [Run] says which command is due and is given the answer.
//
// # Use
//
//	run := script.NewRun(script.Purchase(metercard.CPU)) // the card has just been powered on
//	err := run.Open(script.Bound{Txn: …, Card: …, Session: …, Round: 0, Now: …}, opened)
//	for step, due := run.Next(); due; step, due = run.Next() {
//		run.Heard(transmit(step))
//	}
//	if fault, failed := run.Fault(); failed { … } // power off, read back
//	saved := run.Saved()                          // for the next round, unless run.Last()
//
// Plain reads go the same way with [Run.Take] and a grant of [ReadOnly].
//
// # Forms of a step
//
//	op      has                            may have      answer
//	apdu    data 4–261, a short command    expect, save  response with two status bytes
//	read    length 1–256, area, address    save          that many bytes
//	write   data 1–256, area, address                    none
//	verify  data 1–8: the code                           none
//
// Whatever is not in its row is zero. Expect is four characters: digits of a status word
// in hexadecimal, x for any; empty is 9000. A reader's driver fetches what a card says
// with 61xx, so that 9000 satisfies 61xx too. What is saved is the answer without its
// status bytes.
//
// A step that can change the card is marked Changes, and expects 9000 and nothing else:
// UPDATE BINARY, EXTERNAL AUTHENTICATE and verify (each costs a try when it fails), write.
// Purse marks the one step that makes the purchase count. Nothing that changes the card
// comes after it in its round, and no round comes after that one, so that whatever ends the
// steps early leaves the count as it was. A round is refused for that as a whole, before its
// first step: a card-meter system that writes the purse too early writes nothing here.
//
// # What a script may touch
//
// A [Grant] is checked for all steps of a round before the first of them is due.
//
//	processor card  SELECT of MF, DF01 and the files below; READ BINARY of them; GET CHALLENGE
//	                of 4 or 8; INTERNAL and EXTERNAL AUTHENTICATE of 8;
//	                UPDATE BINARY (00 D6, 04 D6) within DF01/EF01 to EF05 and MF/EF01
//	  files         MF: EF01, EF19; DF01: EF01 to EF05; EF19 is never written;
//	                DF01/EF02 is the purse: written whole, by the step that is marked, and
//	                by no other
//	SLE4442         read main memory; write bytes 32 to 255
//	AT88SC102       read bytes 0 to 9, 22 to 85 and 92 to 155; write 22 to 85 (zone 1)
//
// Protection bits, codes and keys of memory cards can be neither read nor written.
//
// # Outcomes
//
// Of a step: [Done], [Refused] (the card's status word is not the expected one, or the
// reader says that it did not do it) or [Unknown] (pulled, silent, an answer that cannot
// be). The first step that is not done ends the run: no further step is due, and no
// further round is taken. None of this says what is on the card; the card is read back.
//
// # Digest
//
// [Run.Digest] is SHA-256, in 64 hexadecimal digits, over what was carried out, step by
// step, lengths and numbers in two bytes, high byte first:
//
//	op 1 (1 apdu, 2 read, 3 write, 4 verify), area, address, length, length of data, data,
//	outcome 1 (1 done, 2 refused, 3 unknown), status word (0000 where there is none)
//
// The data of verify is left out, its length is not: a code is so short that the digest
// would give it away. Answers are not part of it.
//
// A Run is not safe for concurrent use.
package script
