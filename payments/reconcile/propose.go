package reconcile

import (
	"slices"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
)

// Proposal is what a break should come to, as far as the books alone can tell.
type Proposal string

// The proposals.
const (
	Repost   Proposal = "repost"    // it is paid for certain, and the ledger has it for certain not
	Reverse  Proposal = "reverse"   // the ledger has it, and nobody paid; or has it once too often
	Refund   Proposal = "refund"    // it is paid, and nothing was booked; or is paid once too often
	Wait     Proposal = "wait"      // the other date, or the machine, will tell
	AskKiosk Proposal = "ask-kiosk" // the kiosk's records are not here: without them nothing moves
	Person   Proposal = "person"    // only somebody who looks can tell
)

// Propose says what a break should come to. It looks at nothing but the break: its class,
// the tender, which books must have the payment, which have it, and how.
//
// It never proposes to move money where a book that was not heard may say otherwise: what
// is open waits, what may be of the neighbouring date waits, what the kiosk has not said
// is asked for, and where two books contradict each other about the money a person looks.
// The rows of the table are tried from the top; the first that fits holds.
func Propose(b Break) Proposal { return table[ruleOf(b)].then }

// Why is the reason of a proposal, in a sentence. It is the same for the same row of the
// table.
func Why(b Break) string { return table[ruleOf(b)].why }

// Reasons are all that Why can say.
func Reasons() []string {
	var all []string
	for _, r := range table {
		if !slices.Contains(all, r.why) {
			all = append(all, r.why)
		}
	}

	return all
}

func ruleOf(b Break) int {
	f := factsOf(b)
	for i, r := range table {
		if (r.of == nil || r.of[b.Class]) && r.when(f) {
			return i
		}
	}

	return len(table) - 1
}

// Sets of books by what they are for.
const (
	takers  = Books(1<<POSP | 1<<Acquirer)
	postees = Books(1<<MIS | 1<<Bank) // a posting can be made there again, and be taken back
	ledgers = postees | 1<<CardSystem
)

// facts are what the rows of the table ask of a break. Each set holds books.
type facts struct {
	batch   bool
	route   Books // that were looked into
	stands  Books // it stands there, or is covered by a total
	gone    Books // reversed, not booked, owed
	open    Books
	missing Books // must have it, and have no row
	twice   Books // it stands there twice
	more    Books // it stands there three times, or oftener
	margin  Books // only of a neighbouring date
	split   Books // on this date and on a neighbouring one
	edge    bool
	twin    bool
	differ  bool  // the sums of books in which it stands
	taker   Books // who has the money; empty where no book is known to
	owed    bool  // the kiosk owes the money by a case
	blank   bool  // a book says that it is not on its meter card
}

func factsOf(b Break) facts {
	f := facts{batch: b.Serial == "", route: b.Route, stands: b.Covered, edge: b.Edge, missing: b.Want &^ b.Covered, twin: b.Twin}
	sum, seen := money.Amount(0), false
	for book, s := range b.Sides {
		if s.Rows == 0 {
			continue
		}
		f.missing &^= Set(book)
		switch {
		case s.State == Open:
			f.open |= Set(book)
		case s.Standing == 0:
			f.gone |= Set(book)
		default:
			f.differ = f.differ || seen && s.Amount != sum
			sum, seen = s.Amount, true
			f.stands |= Set(book)
		}
		if s.Standing == 2 {
			f.twice |= Set(book)
		}
		if s.Standing > 2 {
			f.more |= Set(book)
		}
		if s.Margins == s.Rows {
			f.margin |= Set(book)
		} else if s.Margins > 0 {
			f.split |= Set(book)
		}
		f.owed = f.owed || s.State == Owed && s.Standing == 0
		f.blank = f.blank || s.State == Unwritten
	}
	switch b.Tender {
	case payments.Cash:
		f.taker = Set(Kiosk)
	case payments.BankCard:
		f.taker = Set(POSP)
	case payments.QR:
		f.taker = Set(Acquirer)
	}

	return f
}

// heard is every book that has said something.
func (f facts) heard() Books { return f.stands | f.gone | f.open }

// paid: who takes this tender has the money, and nobody else says so too.
func (f facts) paid() bool {
	return f.taker != 0 && f.stands&f.taker != 0 && f.heard()&takers&^f.taker == 0
}

// unpaid: who takes this tender was asked, and has it not.
func (f facts) unpaid() bool {
	return f.taker != 0 && f.taker&^f.route == 0 && f.stands&(f.taker|takers) == 0
}

// unbooked: there is a ledger that was asked, and none has it.
func (f facts) unbooked() bool { return f.route&ledgers != 0 && f.stands&ledgers == 0 }

// rule is a row of the table.
type rule struct {
	of   map[Class]bool // nil: any
	when func(facts) bool
	then Proposal
	why  string
}

func only(classes ...Class) map[Class]bool {
	m := map[Class]bool{}
	for _, c := range classes {
		m[c] = true
	}

	return m
}

func always(facts) bool { return true }

var moves = only(OneSided, Status, Duplicate) // classes whose proposals may move money

var table = []rule{
	{only(OneSided), func(f facts) bool { return f.batch }, AskKiosk, "a total of a batch that no other book knows: the kiosk's records are missing"},
	{nil, func(f facts) bool { return f.batch }, Person, "a total does not agree with its rows: somebody must look which row it is"},

	{nil, func(f facts) bool { return f.open != 0 && !f.heard().Has(Kiosk) }, AskKiosk, "a book does not know yet how it ended, and the kiosk has not said anything"},
	{nil, func(f facts) bool { return f.open != 0 }, Wait, "a book does not know yet how it ended: while that is open nothing moves"},
	{only(Straddle), always, Wait, "the books have it on different dates: the other date settles it"},
	{only(Amount), always, Person, "the books have different sums: only evidence tells which is right"},
	{only(CardNotWritten), always, Person, "sold, and not on its card: it is written at a later visit, and the customer must know"},

	{moves, func(f facts) bool { return f.margin != 0 }, Wait, "a book has it on the other date, so others may"},
	{only(OneSided, Status), func(f facts) bool { return f.edge }, Wait, "it is close to midnight: a book may have more of it on the other date"},
	{moves, func(f facts) bool { return !f.heard().Has(Kiosk) }, AskKiosk, "the kiosk's records may be on their way: without them nothing moves"},

	{moves, func(f facts) bool { return f.differ }, Person, "the books have different sums: which one moves must be known first"},

	{only(Duplicate), func(f facts) bool { return f.split != 0 }, Person, "one of the two is of the other date: it may be one booking in the files of two dates"},
	{only(Duplicate), func(f facts) bool { return f.more != 0 || f.twice.Len() > 1 }, Person, "more than one too many: they may belong together"},
	{only(Duplicate), func(f facts) bool { return f.twice&postees != 0 }, Reverse, "booked twice under one serial: one of the two goes back"},
	{only(Duplicate), func(f facts) bool { return f.twice&takers != 0 && f.twice == f.taker }, Refund, "charged twice under one serial: one of the two goes back to the customer"},
	{only(Duplicate), always, Person, "a serial stands for one payment at a kiosk, and for one sale: this must not be"},

	{nil, func(f facts) bool { return f.taker == 0 || f.heard()&takers&^f.taker != 0 }, Person, "the books do not agree who took the money"},

	{only(OneSided), func(f facts) bool { return f.missing.Has(CardSystem) }, Person, "a sale counts on the card: no second one is made from a desk"},
	{only(OneSided), func(f facts) bool { return f.gone != 0 }, Person, "one book lacks it, and another took it back"},
	{only(OneSided), func(f facts) bool { return f.twin }, Person, "a book that lacks it has a payment of the same account and sum under another serial, which nobody else has"},
	{only(OneSided), func(f facts) bool { return f.paid() && f.missing&^postees == 0 && f.stands&postees == 0 }, Repost, "it is paid, and the ledger has it not"},
	{only(OneSided), always, Person, "booked, and who takes the money has it not: it may be unpaid"},

	{only(Status), func(f facts) bool {
		return f.stands.Has(Kiosk) && f.paid() && f.missing == 0 && f.gone&^postees == 0 && f.stands&postees == 0
	}, Repost, "it is paid, and the ledger took it back"},
	{only(Status), func(f facts) bool {
		return f.stands.Has(Kiosk) && f.paid() && f.missing == 0 && f.blank && f.gone.Has(CardSystem) && f.unbooked()
	}, Refund, "it is paid, the sale was taken back, and the card was not written"},
	{only(Status), func(f facts) bool { return f.stands.Has(Kiosk) }, Person, "the kiosk says that it stands, and another book that it came to nothing"},
	{only(Status), func(f facts) bool { return f.stands.Has(CardSystem) }, Person, "power was sold: what is on the card must be looked at before it goes back"},
	{only(Status), func(f facts) bool { return f.stands&ledgers != 0 && f.owed }, Person, "booked, and the kiosk has a case that owes the money: one of the two ends"},
	{only(Status), func(f facts) bool { return f.stands&ledgers != 0 && f.unpaid() }, Reverse, "booked, and nobody paid"},
	{only(Status), func(f facts) bool { return f.unbooked() && f.paid() }, Refund, "it is paid, and nothing was booked"},

	{nil, always, Person, "the books contradict each other about the money"},
}
