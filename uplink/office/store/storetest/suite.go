package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

// Kiosk is the terminal of most tests.
const Kiosk = "10000001"

// Run runs the suite. open returns empty books of their own for each call.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *store.Store)
	}{
		{"payment is projected", projected},
		{"a list of payments is walked", walked},
		{"kiosks are searched, those in trouble first", kioskSearch},
		{"where a kiosk stands", kioskPlace},
		{"repeats and overlaps are harmless", repeats},
		{"gap is refused", gap},
		{"broken chain is refused, with alarm and case", brokenChain},
		{"unknown kiosk", unknownKiosk},
		{"notes that go astray", strayNotes},
		{"records of no use are kept", odd},
		{"stray notes of two incarnations", strayAgain},
		{"a board dies, and its card is found", deadBoard},
		{"a serial is used twice", serialTwice},
		{"a kiosk uses serials again without end", conflictsBounded},
		{"a journal forks", fork},
		{"two people choose the branch", forkBranchChosen},
		{"two people choose the journal", forkJournalChosen},
		{"an order beyond all bounds", orderBeyond},
		{"what is believed of a kiosk is set", boundsSet},
		{"a note in doubt is in both boxes' journals", noteBeforeTheFork},
		{"a held order's record comes late", heldLate},
		{"a batch of the board before comes late", lateBatch},
		{"a gap lasts", lastingGap},
		{"an outcome is recalled", recalled},
		{"an outcome is recalled too late", contradicted},
		{"truth comes late", lateTruth},
		{"an order that is refused is one case", refusedIsOneCase},
		{"a note turns up after it was paid out", foundAfterPayout},
		{"a late answer is said again", lateAnswersAreOneCase},
		{"a clock was lost", lostClock},
		{"a clock that is trusted is wrong", wrongClock},
		{"posting is ordered once", ordering},
		{"posting is claimed by one", claiming},
		{"calls that end alike are one line", alike},
		{"a call that a wrong clock put off for years is due", aheadOfTime},
		{"a sale is kept with its card", saleRows},
		{"a purchase is ordered by its record", purchaseRecorded},
		{"purchases that are not sold are listed", unsold},
		{"what was sold is written", deliveredAtOnce},
		{"what was sold is written later", deliveredLater},
		{"a re-write is known before the visit that sold", deliveredOutOfOrder},
		{"a kiosk that a sale was not handed to speaks of its card", overheard},
		{"a kiosk that a sale was not handed to speaks of its card after the end", overheardAfterTheEnd},
		{"whom a sale was handed to", handedOnce},
		{"books out of a backup take no sale back before the kiosks have reported", restoredBooks},
		{"books out of a backup and a kiosk that is gone", restoredWithoutOne},
		{"books out of a backup and a sale that nobody can tell of", restoredAndAsking},
		{"books that a kiosk shows to be out of a backup", restoredByAGap},
		{"a re-write comes to nothing", visitsInDoubt},
		{"a re-write sees the card while the sale is written", seenWhileItIsWritten},
		{"a sale is taken back", saleTakenBack},
		{"steps are for one card and one kiosk", notForThisVisit},
		{"two people settle a sale another way", settledAnotherWay},
		{"nobody settles a sale whose card a kiosk that is away may have written", settledWhileItsKioskIsAway},
		{"a sale is settled without a kiosk that is gone for good", settledWithoutAKiosk},
		{"a person asks for another way, and does not", askedForNothing},
		{"another way is asked for by one who left", askedByOneWhoLeft},
		{"what was sold is late", lateDelivery},
		{"what was sold by a wrong clock is late", lateByWrongClock},
		{"a report that a wrong clock put off is due", reportedByWrongClock},
		{"something else is written than was sold", writtenBeforeItIsSold},
		{"a re-write is reported once its sale is known", reportedOnceItIsKnown},
		{"a re-write is late once its sale is known", lateOnceItIsKnown},
		{"what was not taken back is late", lateAfterRefusedReversal},
		{"each system has its own due postings", dueBySystem},
		{"many at the same time", concurrent},
		{"final postings open cases", finals},
		{"enrolment", enrolment},
		{"of a kiosk's keys the newest counts", newestKey},
		{"a certificate has ended", endedCertificate},
		{"a kiosk's service", service},
		{"books out of a backup have lost a key", lostKey},
		{"something else uses a kiosk's identity", suspected},
		{"spares of the keys of journals", spareKeys},
		{"open tokens", openTokens},
		{"no incarnation is given out twice", givenOnce},
		{"enrolment of a kiosk with the number of another but for its first digit", enrolmentOfATwin},
		{"enrolment of a board that says what it had", enrolmentOfAnOldBoard},
		{"serials of policies", serials},
		{"people, sessions, audit", staff},
		{"changes of people", changes},
		{"sessions", sessions},
		{"the audit log is a chain", auditChain},
		{"a case is worked on", caseWork},
		{"cases by age", caseAges},
		{"two people carry a plan out", planDone},
		{"a plan is attacked", planAttacked},
		{"a plan is replayed", planReplayed},
		{"refusals are bounded", refusalsBounded},
		{"a file is back-dated", backDated},
		{"a plan is overtaken, refused or taken back", planOvertaken},
		{"a plan is approved by many at once", planOnce},
		{"the counter pays out once", paidOutOnce},
		{"the counter pays out once, however many ask", paidOutAtOnce},
		{"the counter does not overtake a kiosk", paidOutTooEarly},
		{"the counter does not pay for a note that came back", paidOutCameBack},
		{"no person overtakes a kiosk that takes a sale back", cardNotOvertaken},
		{"a reference finds its payment", named},
		{"a counterfeit note", forgery},
		{"a claim that the maker refuses", dropped},
		{"a counterfeit note out of the vault", forgedInVault},
		{"a mistaken finding in the vault", takenBackInVault},
		{"a mistaken finding that was decided and claimed", takenBackClaimed},
		{"a mistaken finding at the bank and at the count", takenBackElsewhere},
		{"a counterfeit note at the bank, which is short", forgedAtBank(bankShort)},
		{"a counterfeit note at the bank, before it says what it has", forgedAtBank(bankLater)},
		{"a counterfeit note at the bank, which takes it back", forgedAtBank(bankTakesBack)},
		{"a counterfeit note at the bank, and more is short", forgedAtBank(bankShorter)},
		{"a counterfeit note is claimed once", forgedOnce},
		{"a counterfeit note is claimed by many at once", forgedAtOnce},
		{"one person hastens a posting", hastened},
		{"figures and pulse", figures},
		{"technicians", technicians},
		{"bundles and groups", groups},
		{"rollout goes out and comes back", rolledOut},
		{"an order at an acquirer is kept", qrRows},
		{"a payment by QR code is posted once it is there", qrPosted},
		{"a payment by QR code goes back", qrReturned},
		{"a payment by QR code had gone back", qrRecalled},
		{"a payment by QR code that was told to be unpaid is there", qrRecalledNotPaid},
		{"a payment by QR code comes too late", qrLate},
		{"two people give a payment by QR code back", qrTwoPeople},
		{"an order at an acquirer needs a person", qrWatched},
		{"an order at an acquirer, watched by a clock that was years ahead", qrWatchedAhead},
		{"an order at an acquirer that nobody knows", qrAnew},
		{"an acquirer that does not answer", qrAway},
		{"an operation at the bank is kept", bankRows},
		{"a payment by bank card is posted once it is approved", bankPosted},
		{"a payment by bank card is booked by the bank", bankPublic},
		{"a payment by bank card is taken back", bankReversed},
		{"a payment by bank card is kept by the bank", bankKept},
		{"bank: restored books and a sale that the kiosk has back", bankUnseen},
		{"a reversal is faster than its sale", bankOvertaken},
		{"a kiosk has lost its count of sales", bankLostCount},
		{"a posting by bank card whose money goes back", bankTakenBack},
		{"a payment by bank card that its kiosk cannot take back any more", bankGone},
		{"the bank gives a payment back that two people ask for", cardGivenBack},
		{"a notice of scripts that the bank does not take", bankNotice},
		{"the bank voids a payment that two people want voided", cardVoided},
		{"the bank does not void a payment", cardNotVoided},
		{"a payment is not voided in a batch that is closed", cardVoidLateEnd},
		{"a settlement is refused that comes late", bankBatchRefusedLate},
		{"restored books learn of a void", cardVoidForgotten},
		{"restored books forgot that a void was ordered", cardVoidUnknown},
		{"payments that are not voided", cardNeverVoided},
		{"the bank takes back what it has booked itself", cardVoidPublic},
		{"the bank gives back what it has booked itself, and the MIS is asked", bookingsBack},
		{"the bank gives back what it has booked itself, and takes that back", bookingStands},
		{"the bank does not give a payment back", cardNotGivenBack},
		{"the bank is not asked to give a payment back", cardNotAsked},
		{"a kiosk takes back what the bank was asked to give back", cardAskedOvertaken},
		{"the bank or the counter gives a payment back", cardOneWayBack},
		{"an operation at the bank needs a person", bankWatched},
		{"an operation at the bank, watched by a clock that was years ahead", bankWatchedAhead},
		{"a sale is posted and taken back at the same time", bankRace},
		{"two people vouch for a sale", bankVouched},
		{"the bank answers late, or twice", bankLate},
		{"a kiosk is one terminal of the bank's", bankTerminals},
		{"a batch at the bank does not settle", bankBatch},
		{"a batch at the bank is settled at an order", bankOrdered},
		{"a batch at the bank, as kiosks' records have it", bankBatchTold},
		{"a frame that is not relayed", bankRefused},
		{"payments by QR code that restored books do not know", qrReceived},
		{"a payment by QR code is settled once", qrSettledOnce},
		{"a payment by QR code that nobody ordered is settled once", qrUnorderedOnce},
		{"a payment by bank card that nobody ordered is settled once", cardUnorderedOnce},
		{"rollout is advanced by many at once", rolloutRace},
		{"files of the other books", bookFiles},
		{"files that are wrong", wrongFiles},
		{"files that cannot be read to their end", tornFiles},
		{"files that come at the same time", fileRace},
		{"days that are due", dueDays},
		{"entries follow what is known of a payment", entriesFollow},
		{"entries of notes that go astray", entriesOfNotes},
		{"entries of a payment by QR code", entriesOfCodes},
		{"entries of purchases and of cards", entriesOfSales},
		{"a sealed date does not change", entriesSealed},
		{"documents are posted once", entriesOfDocuments},
		{"entries are posted by many at once", entriesRace},
		{"a slip in a date hides no other date", slips},
		{"days are reconciled and signed", reconciled},
		{"what is in a cassette", cashInside},
		{"which notes went into a cassette", cashNotes},
		{"notes go from a cassette to the bank", cashCollected},
		{"a cassette that is moved unasked is no collection", cassetteMoved},
		{"a cassette that is put back full", cassettePutBack},
		{"a collection that does not fit its records", cashDoubted},
		{"cash that is too long where it is", cashLate},
		{"cash of two boards", cashOfTwoBoards},
		{"days are reconciled late", late},
		{"a break that people settled", closedBreak},
		{"days that a payment straddles", straddling},
		{"days are run at the same time", runRace},
		{"days are run by two clocks", runAtTwoClocks},
		{"money of cases went somewhere", wentSomewhere},
		{"books of a date are renewed", renewed},
		{"no cash until a date is signed", cashRules},
		{"nobody signs", escalated},
		{"the bank says what came in", statements},
		{"a reference that a bank uses twice", oneReference},
		{"a deposit of another date", redated},
		{"the bank says what a person entered by hand", statementByHand},
		{"two acquirers on one date", twoAcquirers},
		{"money that went back, in a book of its own lines", moneyThatWentBack},
		{"totals of settlements stand beside a date", settlements},
		{"days have the like of a payment", likeOfAnother},
		{"days are signed in their order", signing},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			if _, err := s.Register(t.Context(), Kiosk, 0, T0); err != nil {
				t.Fatal(err)
			}
			c.test(t, s)
		})
	}
}

func ingest(t *testing.T, s *store.Store, recs []record.Record) record.Head {
	t.Helper()
	h, err := s.Ingest(t.Context(), Kiosk, recs, T0)
	if err != nil {
		t.Fatal(err)
	}
	return h.Head
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func classes(t *testing.T, s *store.Store) string {
	t.Helper()
	cs, err := s.Cases(t.Context(), books.Filter{Open: true})
	check(t, err)
	var out []string
	for _, c := range cs {
		out = append(out, c.Class+":"+c.Amount.String())
	}
	return strings.Join(out, " ")
}

func projected(t *testing.T, s *store.Store) {
	serial := Serial(Kiosk, 1)
	j := NewJournal(Kiosk).Add(t, "started", "", object{"version": "1.0", "boot": 1}).Pay(t, 1, "1000000001", 10000, 5000)
	j.Add(t, "outcome-learned", serial, object{"status": "posted", "code": "1001", "text": "ok", "reference": "M1", "to_arrears": 12850, "to_advance": 2150})
	j.Add(t, "slip", serial, object{"copy": 1, "kind": "payment", "outcome": "printed"})
	if h := ingest(t, s, j.Recs); h != j.Head {
		t.Errorf("head %v, want %v", h, j.Head)
	}
	d, err := s.Detail(t.Context(), serial)
	check(t, err)
	want := books.Transaction{
		Serial: serial, Kiosk: Kiosk, Account: "1000000001", Name: "张**", Address: "示范市人民路***", Arrears: money.Known(12850), Online: true,
		Tender: "cash", Status: "posted", Total: 15000, Reason: "customer", OpenedAt: 1795395601000, ClosedAt: 1795395631000,
		Code: "1001", Text: "ok", Reference: "M1", ToArrears: 12850, ToAdvance: 2150, Copies: 1, SlipState: "printed", UpdatedAt: 1795395600000,
	}
	if f := d.Transaction.Folded; f == nil || f.Total() != 15000 || f.Status() != payments.Posted || len(f.Cash.Notes) != 2 {
		t.Errorf("folded %+v", f)
	}
	d.Transaction.Folded = nil
	if d.Transaction != want {
		t.Errorf("transaction\n got %+v\nwant %+v", d.Transaction, want)
	}
	if len(d.Notes) != 2 || d.Notes[0] != (books.Note{Serial: serial, Value: 10000, State: "stacked", Evidence: "stacked report"}) || d.Notes[1].Value != 5000 {
		t.Errorf("notes %+v", d.Notes)
	}
	if len(d.Events) != 8 || d.Events[0].Type != "opened" || d.Events[0].Seq != 2 || d.Events[7].Type != "slip" {
		t.Errorf("events %+v", d.Events)
	}
	p := d.Posting
	// The kiosk was told already that it is posted: these books ask before they order.
	if p == nil || p.State != posting.Asking || p.Amount != 15000 || p.Account != "1000000001" || p.BusinessDate != "20261123" || p.Time != "20261123090031" || p.Version != 2 {
		t.Errorf("posting %+v", p)
	}
	if len(d.History) != 2 || d.History[0].Event != "ordered" || d.History[1].Event != "recalled" {
		t.Errorf("history %+v", d.History)
	}
	if got := classes(t, s); got != "" {
		t.Errorf("cases %s", got)
	}
	list, err := s.Transactions(t.Context(), books.Filter{Account: "1000000001", Limit: 5})
	check(t, err)
	none, err := s.Transactions(t.Context(), books.Filter{Account: "1000000002"})
	check(t, err)
	if len(list) == 1 {
		list[0].Folded = nil
	}
	if len(list) != 1 || list[0] != want || len(none) != 0 {
		t.Errorf("lists of %d and %d", len(list), len(none))
	}
}

func repeats(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk)
	for n := range 30 {
		j.Pay(t, n+1, "1000000001", 10000)
	}
	ingest(t, s, j.Recs[:50])
	ingest(t, s, j.Recs[:50])
	ingest(t, s, j.Recs[20:40])
	ingest(t, s, j.Recs[30:])
	if h := ingest(t, s, j.Recs[:1]); h != j.Head {
		t.Errorf("head %d, want %d", h.Seq, j.Head.Seq)
	}
	ps, err := s.Postings(t.Context(), books.Filter{Open: true})
	check(t, err)
	var sum money.Amount
	for _, p := range ps {
		sum += p.Amount
	}
	if len(ps) != 30 || sum != 300000 {
		t.Errorf("%d postings of %s, want 30 of 3000.00", len(ps), sum)
	}
	txns, err := s.Transactions(t.Context(), books.Filter{})
	check(t, err)
	for _, x := range txns {
		if x.Total != 10000 || x.Status != books.StatusPosting {
			t.Errorf("%s: %s %s", x.Serial, x.Status, x.Total)
		}
	}
	if got := classes(t, s); len(txns) != 30 || got != "" {
		t.Errorf("%d transactions, cases %q", len(txns), got)
	}
}

func gap(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000)
	h := ingest(t, s, j.Recs[:1])
	got, err := s.Ingest(t.Context(), Kiosk, j.Recs[2:], T0)
	if !errors.Is(err, books.ErrGap) || got.Head != h {
		t.Errorf("%v, %v; want ErrGap and the head", got, err)
	}
	if h := ingest(t, s, nil); h.Seq != 1 {
		t.Errorf("head %d after nothing", h.Seq)
	}
}

func brokenChain(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000)
	h := ingest(t, s, j.Recs[:2])
	forged := append([]record.Record(nil), j.Recs[2:]...)
	forged[0].Payload = []byte(`{"note":0,"value":99900}`)
	for name, recs := range map[string][]record.Record{
		"changed":       forged,
		"other journal": NewJournal("10000002").Pay(t, 1, "1", 10000).Recs,
	} {
		got, err := s.Ingest(t.Context(), Kiosk, recs, T0)
		if !errors.Is(err, record.ErrChain) || got.Head != h {
			t.Errorf("%s: %v, %v", name, got.Seq, err)
		}
	}
	alarms, err := s.Alarms(t.Context())
	check(t, err)
	if len(alarms) != 1 || alarms[0].Code != books.AlarmChain || alarms[0].Kiosk != Kiosk {
		t.Errorf("alarms %+v", alarms)
	}
	if got := classes(t, s); got != "branch:100.00 chain:0.00" {
		t.Errorf("cases %q", got)
	}
	ingest(t, s, j.Recs[2:])
	if got := classes(t, s); got != "chain:0.00" { // the closing came in the journal itself
		t.Errorf("cases %q", got)
	}
	if alarms, err = s.Alarms(t.Context()); err != nil || len(alarms) != 0 {
		t.Errorf("alarm stays on: %+v, %v", alarms, err)
	}
}

func unknownKiosk(t *testing.T, s *store.Store) {
	if _, err := s.Ingest(t.Context(), "10000009", NewJournal("10000009").Pay(t, 1, "1", 1).Recs, T0); !errors.Is(err, books.ErrUnknown) {
		t.Errorf("ingest: %v", err)
	}
	o := books.Order{Serial: Serial("10000009", 1), Account: "1", Kiosk: "10000009", Tender: "cash", Amount: 1}
	if _, err := s.EnsurePosting(t.Context(), o, T0); !errors.Is(err, books.ErrUnknown) {
		t.Errorf("order: %v", err)
	}
	if _, err := s.Detail(t.Context(), "x"); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("detail: %v", err)
	}
}

func strayNotes(t *testing.T, s *store.Store) {
	a := Serial(Kiosk, 1)
	j := NewJournal(Kiosk).Add(t, "opened", a, object{"account": "1", "tender": "cash", "limit": 100000, "opened_at": 5})
	j.Add(t, "note-accepted", a, object{"note": 0, "value": 5000}).Add(t, "note-unresolved", a, object{"note": 0, "value": 5000, "evidence": "jam"})
	ingest(t, s, j.Recs)
	j.Add(t, "note-stacked", a, object{"note": 0, "value": 5000, "inferred": true, "evidence": "found"})
	j.Add(t, "stray-note", "", object{"value": 2000, "evidence": "power-up"})
	j.Add(t, "note-accepted", a, object{"note": 1, "value": 1000}).Add(t, "note-returned", a, object{"note": 1, "value": 1000, "evidence": "returned"})
	j.Add(t, "cash-closed", a, object{"total": 0, "account": "1", "tender": "cash", "closed_at": 9, "reason": "timeout"})
	j.Add(t, "cash-closed", Serial(Kiosk, 2), object{"total": 700, "account": "1", "tender": "cash", "closed_at": 9, "reason": "device"})
	ingest(t, s, j.Recs)
	d, err := s.Detail(t.Context(), a)
	check(t, err)
	if d.Transaction.Status != books.StatusDisputed || d.Transaction.Total != 0 || d.Transaction.Doubt != 5000 || d.Posting != nil {
		t.Errorf("%+v, posting %v", d.Transaction, d.Posting)
	}
	if len(d.Notes) != 2 || d.Notes[0].State != books.NoteFound || !d.Notes[0].Inferred || d.Notes[1].State != books.NoteReturned {
		t.Errorf("notes %+v", d.Notes)
	}
	if got := classes(t, s); got != "difference:7.00 held:7.00 note:50.00 stray-note:20.00" {
		t.Errorf("cases %q", got)
	}
	if len(d.Cases) != 1 || d.Cases[0].Text != "the note is in the cassette after all: found" {
		t.Errorf("the case of a note that was found says %+v", d.Cases)
	}
}

func odd(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk)
	j.Add(t, "collection", "", object{"anything": []int{1}})
	j.Add(t, "cash-closed", Serial(Kiosk, 1), "no object")
	j.Add(t, "cash-closed", Serial("20000000", 1), object{"total": 5, "account": "1", "tender": "cash"})
	j.Add(t, "opened", Serial(Kiosk, 2), object{"account": "1\x00", "name": strings.Repeat("张", 400), "tender": "cash", "limit": 100000})
	j.Add(t, "alarm", "", object{"code": "no-paper", "on": true, "detail": "\x00end"})
	j.Add(t, "note-stacked", Serial(Kiosk, 2), object{"note": 0, "value": -5})
	if h := ingest(t, s, j.Recs); h.Seq != 6 {
		t.Errorf("head %d", h.Seq)
	}
	if got := classes(t, s); got != "foreign-txn:0.05 unreadable:0.00 unreadable:0.00" {
		t.Errorf("cases %q", got)
	}
	d, err := s.Detail(t.Context(), Serial(Kiosk, 2))
	check(t, err)
	if d.Transaction.Account != "1" || len(d.Transaction.Name) != 510 {
		t.Errorf("account %q, name of %d bytes", d.Transaction.Account, len(d.Transaction.Name))
	}
	alarms, err := s.Alarms(t.Context())
	check(t, err)
	if len(alarms) != 1 || alarms[0].Detail != "end" {
		t.Errorf("alarms %+v", alarms)
	}
	j.Add(t, "alarm", "", object{"code": "no-paper", "on": false})
	ingest(t, s, j.Recs[6:])
	if alarms, err = s.Alarms(t.Context()); err != nil || len(alarms) != 0 {
		t.Errorf("alarms %+v, %v", alarms, err)
	}
	bad := record.Head{Seq: j.Head.Seq, Hash: j.Head.Hash}
	r, _, _, err := bad.Seal(record.Stamp{Time: T0}, record.Draft{Type: "a\x00b"})
	check(t, err)
	if _, err := s.Ingest(t.Context(), Kiosk, []record.Record{r}, T0); !errors.Is(err, record.ErrChain) {
		t.Errorf("type with a zero byte: %v", err)
	}
}

func figures(t *testing.T, s *store.Store) {
	before, err := s.Pulse(t.Context())
	check(t, err)
	j := NewJournal(Kiosk).Pay(t, 1, "1", 10000).Add(t, "stray-note", "", object{"value": 2000})
	_, err = s.Ingest(t.Context(), Kiosk, j.Recs, T0.Add(time.Second))
	check(t, err)
	after, err := s.Pulse(t.Context())
	check(t, err)
	if before == after {
		t.Error("the pulse stands still")
	}
	for _, rep := range []fleet.Report{
		{Kiosk: Kiosk, Online: true, Live: true, Text: `{"v":1,"online":true}`, At: T0},
		{Kiosk: Kiosk, Live: true, Text: `{"v":1,"online":false}`, At: T0.Add(time.Minute)},
	} {
		unknown, err := s.SaveReports(t.Context(), []fleet.Report{rep, {Kiosk: "10000099", Online: true, Live: true, At: T0}})
		if err != nil || len(unknown) != 1 || unknown[0] != "10000099" {
			t.Errorf("kiosks not known: %v, %v", unknown, err)
		}
	}
	k, err := s.Kiosk(t.Context(), Kiosk)
	check(t, err)
	if k.Online || k.Report != `{"v":1,"online":true}` || k.Head != j.Head || k.SeenAt != 1795395660000 {
		t.Errorf("%+v", k)
	}
	got, err := s.Stats(t.Context(), T0)
	check(t, err)
	want := store.Stats{
		Presence: fleet.Presence{Kiosks: 1},
		Figures: books.Figures{
			OpenCases: 1, CaseAmount: 2000, OpenPostings: 1, OpenAmount: 10000, OpenSince: T0.Add(time.Second).UnixMilli(), Today: 1, TodayAmount: 10000, BusinessDate: "20261123",
		},
	}
	if got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}
