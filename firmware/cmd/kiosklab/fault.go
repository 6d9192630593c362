package main

import (
	"slices"

	"wattkiosk/hal/bench"
)

// words say what a fault is and does, for people at the bench.
type words struct {
	Kind  string `json:"kind"`
	Label string `json:"label"`
	Does  string `json:"does"`
}

// faultWords are the faults that the bench offers, by device or system. Those of the card
// readers are those that ones of these protocols have.
func faultWords(reader, meterReader string) map[string][]words {
	return map[string][]words{
		"mis-book": bookWords(false), "cardsystem-book": bookWords(false), "posp-book": bookWords(false), "acquirer-book": bookWords(true),
		"collect": append([]words{{"down", "Down", "The bank's collection server refuses connections: there is no book of it."}}, bookWords(true)...),
		"bill": {
			{"jam", "Jam", "A note sticks in the path. Clear it to have the validator go on."},
			{"cassette-out", "Cassette out", "Somebody has taken the cassette out: no note can be stacked."},
			{"cassette-full", "Cassette full", "The cassette takes no more notes. Only cash stops."},
			{"cheat", "Cheat", "The validator reports that somebody pulled at a note."},
			{"silent", "Silent", "The validator answers nothing, as with a broken cable."},
			{"power-up-with-note", "Power-up, note in path", "At the next power-up the validator finds a note in its path. Press, then switch the power off and on."},
			{"power-up-with-note:stacker", "Power-up, note in stacker", "The same with the note on its way into the cassette."},
		},
		"printer": {
			{"paper-out", "Paper out", "There is no paper: no payment can begin, as there would be no slip."},
			{"near-end", "Paper near end", "The roll is nearly used up. Payments go on; head office is warned."},
			{"cover", "Cover open", "The printer's cover is open."},
			{"offline", "Offline", "The printer answers nothing."},
			{"cutter", "Cutter", "The cutter is stuck: the slip hangs on the roll."},
		},
		"card":       readerWords(reader),
		"meter-card": readerWords(meterReader),
		"pinpad": {
			{"silent", "Silent", "The PIN pad answers nothing, as with a broken cable."},
			{"tamper", "Case opened", "The pad wipes its keys, master key too. Clear it: the secure room puts the master key in again."},
			{"noise", "Bad line", "Bits flip on their way from the pad to the kiosk."},
			{"lost-reply", "Replies lost", "The pad's next two answers get lost: what was asked of it comes two seconds late. It is over after that."},
		},
		"mis": {
			{"down", "Down", "The MIS refuses connections. Payments are taken unverified, and posted later."},
			{"slow", "Slow", "It books, and answers after 20 s, when nobody waits any more."},
			{"no-reply", "No reply", "It books, and never answers: the outcome is unknown until it is asked for."},
			{"lose-request", "Request lost", "The request gets lost on its way: nothing is booked, nothing answered."},
			{"duplicate", "Books twice", "It carries a request out twice. The ledger must still show 1: the serial is the same."},
			{"error", "Error", "It answers by an error code, or garbage."},
			{"late-booking", "Books late", "It does not answer, says “none” when asked, and books all the same afterwards."},
			{"other-serial", "Another serial", "It books, and its answer names another payment: such an answer decides nothing."},
			{"other-sum", "Another sum", "It books, and its answer names another sum, or parts that do not make it up: such an answer decides nothing."},
			{"damaged-request", "Request damaged", "A byte of the request changes on its way."},
			{"echo-refusal", "Refuses a repeat", "It refuses a repeated posting because of what our own first one made true."},
			{"calculating", "Calculating bills", "It is computing the month's bills: it answers so, and processes nothing."},
			{"deny-reversal", "No reversals", "It refuses to reverse what it has booked."},
		},
		"cardsystem": {
			{"down", "Down", "The card-meter system refuses connections: no power is sold, and a card cannot be written."},
			{"keys-away", "Encryptor away", "Its encryption service does not answer: it sells, and no card can be written."},
			{"slow", "Slow", "It does what it is asked, and answers after 20 s, when nobody waits any more."},
			{"no-reply", "No reply", "It sells, and never answers: the outcome is unknown until it is asked for."},
			{"lose-request", "Request lost", "The request gets lost on its way: nothing is sold, nothing answered."},
			{"late-sale", "Sells late", "It does not answer a sale, says “none” when asked, and books it all the same afterwards."},
			{"duplicate", "Sells twice", "It carries a request out twice. The ledger must still show 1: the serial is the same."},
			{"error", "Error", "It refuses for a reason that is not so, and does nothing."},
			{"busy", "Busy", "It answers every request by “busy”, and does nothing."},
			{"other-serial", "Another serial", "It sells, and its answer names another sale: such an answer decides nothing."},
			{"other-card", "Another card", "It sells, and its answer is about another card: such an answer decides nothing."},
			{"other-count", "Another count", "It sells, and its answer names another purchase than the next one: such an answer decides nothing."},
			{"other-request", "Another request", "Its answer is to another reversal, round of steps or date than it was asked about: such an answer decides nothing."},
			{"answer-twice", "Answers twice", "It does what it is asked once, and its answer comes twice: the second is no answer to the next question."},
			{"garbage", "Answer damaged", "It sells, and its answer cannot be read."},
			{"oversized", "Answer too long", "It sells, and its answer is longer than any may be."},
		},
		"acquirer": {
			{"down", "Down", "The acquirer refuses connections: no code comes, and what is paid is found out later."},
			{"slow", "Slow", "It does what it is asked, and answers after 20 s, when nobody waits any more."},
			{"no-reply", "No reply", "It does what it is asked, and never answers: the outcome is unknown until it is asked for."},
			{"lose-request", "Request lost", "The request gets lost on its way: nothing is done, nothing answered."},
			{"duplicate", "Does it twice", "It carries a request out twice. The ledger must still show one payment: the serial is the same."},
			{"error", "Error", "It answers by an error or garbage, and has done what it was asked every other time."},
			{"wrong-signature", "Wrong signature", "Its answers are signed for another text: they decide nothing."},
			{"other-serial", "Another serial", "Its answers name another payment: such an answer decides nothing."},
			{"other-amount", "Another amount", "Its answers name another amount: such an answer decides nothing."},
			{"no-notice", "No notices", "It does not say when something is paid: head office finds out by asking."},
			{"duplicate-notice", "Notices twice", "It says twice that something is paid. It must be booked once."},
			{"forged-notice", "Forged notice", "Somebody says in its name that an order is paid. Nobody may believe that."},
			{"closed-but-paid", "Paid while closed", "The customer pays in the instant in which the order is closed."},
			{"refund-unknown", "Refund unclear", "It gives money back, and answers by an error."},
			{"refund-refused", "No refunds", "It refuses to give money back: a case for a person at head office."},
			{"refund-processing", "Refund on its way", "Money that is given back arrives ten minutes later."},
		},
		"posp": {
			{"down", "Down", "The bank refuses connections: head office says so at once, and nothing is taken from the card."},
			{"slow", "Slow", "It books, and answers after a minute, when the kiosk has given up and reverses."},
			{"no-reply", "No reply", "It books, and never answers: the sale is reversed."},
			{"lose-request", "Request lost", "The request gets lost on its way: nothing is booked, nothing answered, and the sale is reversed."},
			{"late-request", "Request late", "It is not answered, and carried out a minute later. A reversal that came before must have stopped it."},
			{"duplicate", "Answers twice", "It books once, and its answer comes twice."},
			{"error", "Error", "It answers by garbage or by code 96, and has done what it was asked, or not."},
			{"wrong-mac", "Wrong MAC", "The MAC of its answer is wrong: such an answer decides nothing, and the sale is reversed."},
			{"other-trace", "Another trace", "It does nothing, and approves another payment: such an answer decides nothing."},
			{"garbage", "Answer damaged", "It books, and its answer is damaged on its way."},
			{"unknown-code", "Unknown code", "It books, and answers by a code that nobody knows."},
			{"other-amount", "Wrong amounts", "It carries out a sale, and answers without the amount or with another: the terminal takes the sale back."},
			{"reversal-refused", "No reversals", "It refuses to reverse: the terminal goes on asking, and sells nothing meanwhile."},
			{"key-change", "Keys dropped", "The bank drops the terminal's working keys: it must sign in again."},
			{"cut", "Cut in the answer", "It books, and the connection ends in the middle of its answer."},
		},
	}
}

// bookWords are what can be wrong with the day-book of a system.
func bookWords(totals bool) []words {
	all := []words{
		{"late-book", "Book late", "The book is not there yet: the day cannot be reconciled, and head office asks again."},
		{"lose-book-line", "Line missing", "The last payment of the day is missing in the book: it is one-sided."},
		{"double-book-line", "Line twice", "The last payment of the day is in the book twice."},
		{"misstate-book-line", "Another amount", "The last payment of the day is in the book with 1.00 more."},
		{"misdate-book", "Another date", "The book is of the day before: head office refuses it."},
		{"truncate-book", "Book cut off", "The book ends in the middle of a line: head office refuses it."},
		{"garble-book", "Another encoding", "The book is in another encoding than it should be: head office refuses it."},
	}
	if totals {
		all = append(all, words{"mistotal-book", "Wrong totals", "The totals at the end of the book are not those of its lines: head office refuses it."})
	}

	return all
}

// readerWords are the faults of a card reader; a maker's own has none at the bench.
func readerWords(reader string) []words {
	if reader == vendorReader {
		return []words{}
	}
	all := []words{
		{"silent", "Silent", "The card reader answers nothing, as with a broken cable."},
		{"unplugged", "Unplugged", "Somebody has pulled the reader's plug; pcscd goes on without it."},
		{"jam", "Jam", "No card moves, in or out. Clear it to have the reader go on."},
		{"bin-full", "Bin full", "The bin of captured cards is full: none can be captured."},
		{"shutter", "Shutter stuck", "The shutter does not open: no card goes in or comes out."},
		{"long", "Card too long", "A card that comes in counts as too long, and does not go all the way in."},
		{"mute", "Contacts dead", "The contacts touch nothing: no chip answers."},
		{"noise", "Bad line", "Bits flip on the line to the reader, both ways."},
		{"lost-ack", "ACK lost", "The reader's next acknowledgement gets lost. It is over after that one."},
		{"lost-reply", "Reply lost", "The next command reaches the card, and the answer gets lost. It is over after that one."},
		{"late-reply", "Reply late", "The next command reaches the card, and the answer comes after the kiosk has given up. It is over after that one."},
		{"crash", "Library crashes", "The maker's library crashes before its next order to the reader. It is over after that one."},
		{"hang", "Library hangs", "The maker's library never comes back from its next order to the reader. It is over after that one."},
		{"crash-writing", "Crashes in writing", "The maker's library crashes each time that it has changed the card."},
	}
	has := bench.ReaderFaults(reader)
	return slices.DeleteFunc(all, func(w words) bool { return !slices.Contains(has, w.Kind) })
}

// offeredFaults are the kinds of all that faultWords has.
func offeredFaults(all map[string][]words) map[string][]string {
	f := map[string][]string{}
	for group, list := range all {
		for _, w := range list {
			f[group] = append(f[group], w.Kind)
		}
	}
	return f
}
