package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/cash"
)

// collectionView is a collection as programs get it; times are Unix ms, 0 for never. What is
// not known is null.
type collectionView struct {
	Serial      string            `json:"serial"`
	Kiosk       string            `json:"kiosk"`
	Phase       string            `json:"phase"`
	Stage       string            `json:"stage"` // at the kiosk
	By          string            `json:"by"`
	With        string            `json:"with"`
	Out         string            `json:"out"`
	In          string            `json:"in"`
	How         string            `json:"how"`
	OpenedAt    int64             `json:"opened_at"`
	DividedAt   int64             `json:"divided_at"`
	EndedAt     int64             `json:"ended_at"`
	Blind       bool              `json:"blind"`    // who asks is to count it: sums and notes are not shown yet
	Inside      []collection.Pile `json:"inside"`   // by the records
	Expected    *money.Amount     `json:"expected"` // their sum
	Stated      *money.Amount     `json:"stated"`   // as the kiosk has it
	Doubts      *int64            `json:"in_doubt"`
	DoubtAmount *money.Amount     `json:"in_doubt_amount"`
	Counts      []countView       `json:"counts"`
	Counted     *money.Amount     `json:"counted"`
	Difference  *money.Amount     `json:"difference"`
	Reason      string            `json:"reason"`
	Signed      []string          `json:"signed"`
	Slip        string            `json:"slip_hash"` // right, wrong, or empty while there is none
	Hash        string            `json:"hash"`
	Refused     string            `json:"refused"`
	Receipt     *receiptView      `json:"receipt"`
	Remittance  string            `json:"remittance"`
	UpdatedAt   int64             `json:"updated_at"`
}

type countView struct {
	At    int64             `json:"at"`
	Piles []collection.Pile `json:"piles"`
	Sum   money.Amount      `json:"sum"`
}

type receiptView struct {
	Genuine     []collection.Pile `json:"genuine"`
	Counterfeit []collection.Pile `json:"counterfeit"`
	Sum         money.Amount      `json:"sum"`
	SetAside    money.Amount      `json:"set_aside"`  // of it, as counterfeit, since
	Difference  money.Amount      `json:"difference"` // to what was carried
	By          string            `json:"by"`
	Approver    string            `json:"approver"`
	At          int64             `json:"at"`
}

// received is the second count less what left the kiosk.
func received(c cash.Collection) money.Amount {
	return c.Genuine() + collection.Sum(c.Receipt.Counterfeit) - c.Carried()
}

// countedThere is the last count at the kiosk, and what it differs by from the records.
func countedThere(c cash.Collection) (sum, off *money.Amount) {
	a, is := c.Kept.Counted()
	if !is {
		return nil, nil
	}
	d := a - c.Expected()

	return &a, &d
}

// viewCollection is a collection for programs, without what is to be counted blind.
func viewCollection(c cash.Collection, blind bool) collectionView {
	if blind {
		c = hidden(c)
	}
	v := collectionView{
		Serial: c.Serial, Kiosk: c.Kiosk, Phase: string(c.Phase()), Stage: string(c.Kept.Stage), By: c.Kept.By, With: c.Kept.With, Out: c.Kept.Out, In: c.Kept.In,
		How: string(c.Kept.How), OpenedAt: c.Kept.OpenedAt, DividedAt: c.Kept.DividedAt, EndedAt: c.Kept.EndedAt, Blind: blind, Inside: some(c.Told),
		Counts: []countView{}, Reason: c.Kept.Reason,
		Signed: some(c.Kept.Signed), Slip: string(c.Slip), Hash: c.Kept.Head, Refused: c.Refused, Remittance: c.Remittance, UpdatedAt: c.UpdatedAt,
	}
	for _, n := range c.Kept.Counts {
		v.Counts = append(v.Counts, countView{n.At, some(n.Piles), collection.Sum(n.Piles)})
	}
	if !blind {
		expected, stated := c.Expected(), c.Kept.Expected()
		v.Expected, v.Stated = &expected, &stated
		v.Doubts, v.DoubtAmount = &c.Doubtful, &c.Doubt
	}
	v.Counted, v.Difference = countedThere(c)
	if r := c.Receipt; r.At != 0 {
		v.Receipt = &receiptView{some(r.Genuine), some(r.Counterfeit), c.Genuine(), c.SetAside(), received(c), r.By, r.Approver, r.At}
	}

	return v
}

// remittanceView is a remittance as programs get it.
type remittanceView struct {
	ID          string         `json:"id"`
	Collections []string       `json:"collections"`
	Amount      money.Amount   `json:"amount"`
	Forged      money.Amount   `json:"forged"` // of it, as the bank found
	By          string         `json:"by"`
	Approver    string         `json:"approver"`
	At          int64          `json:"at"`
	Deposit     *bankEntryView `json:"deposit"`
	Line        *bankEntryView `json:"bank_line"`
	Matched     bool           `json:"matched"`
}

type bankEntryView struct {
	Reference string       `json:"reference"`
	Amount    money.Amount `json:"amount"`
	Date      string       `json:"date"` // YYYY-MM-DD
	By        string       `json:"by"`
	At        int64        `json:"at"`
}

func viewEntry(e cash.BankEntry) *bankEntryView {
	if e.At == 0 {
		return nil
	}

	return &bankEntryView{e.Reference, e.Amount, dashed(e.Date), e.By, e.At}
}

func viewRemittance(r cash.Remittance) remittanceView {
	return remittanceView{r.ID, some(r.Collections), r.Amount, r.Forged, r.By, r.Approver, r.At, viewEntry(r.Deposit), viewEntry(r.Line), r.Matched()}
}

// collectionFilter reads ?kiosk= &phase= &limit=.
func collectionFilter(r *http.Request) (cash.Filter, error) {
	f, err := filter(r)
	out := cash.Filter{Kiosk: f.Kiosk, Phase: cash.Phase(r.URL.Query().Get("phase")), Limit: f.Limit}
	if err == nil && out.Phase != "" && !slices.Contains(cash.Phases(), out.Phase) {
		err = fmt.Errorf("phase %w: want one of %v", errInput, cash.Phases())
	}

	return out, err
}

func (s *cashPages) collections(r *http.Request) ([]cash.Collection, cash.Filter, error) {
	f, err := collectionFilter(r)
	if err != nil {
		return nil, f, err
	}
	rows, err := s.cfg.Store.Cash.Collections(r.Context(), f)

	return rows, f, err
}

func (s *cashPages) apiCollections(w http.ResponseWriter, r *http.Request) {
	rows, _, err := s.collections(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	views := make([]collectionView, len(rows))
	for i, c := range rows {
		blind, err := s.blind(r.Context(), c)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		views[i] = viewCollection(c, blind)
	}
	writeJSON(w, http.StatusOK, map[string]any{"collections": views})
}

func (s *cashPages) apiCollection(w http.ResponseWriter, r *http.Request) {
	c, err := s.cfg.Store.Cash.Collection(r.Context(), r.PathValue("serial"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	blind, err := s.blind(r.Context(), c)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, viewCollection(c, blind))
}

// receive proposes that a collection is taken into the vault, counted again.
func (s *cashPages) receive(ctx context.Context, serial string, n cash.Recount, reason string) (approval.Plan, error) {
	args, err := json.Marshal(n)
	if err != nil {
		return approval.Plan{}, fmt.Errorf("cannot write the count down: %w", err)
	}

	return s.proposeWith(ctx, approval.Receive, approval.Ask{Object: serial, Args: string(args), Reason: reason})
}

func (s *cashPages) apiReceive(w http.ResponseWriter, r *http.Request) {
	var in struct {
		cash.Recount
		Reason string `json:"reason"`
	}
	if !s.body(w, r, &in) {
		return
	}
	p, err := s.receive(r.Context(), r.PathValue("serial"), in.Recount, in.Reason)
	s.answerPlan(w, r, http.StatusAccepted, p, err)
}

// remit proposes that a set of collections is handed over.
func (s *cashPages) remit(ctx context.Context, serials []string, reason string) (approval.Plan, error) {
	return s.proposeWith(ctx, approval.Remit, approval.Ask{Object: cash.RemittanceID(serials), Args: strings.Join(serials, " "), Reason: reason})
}

func (s *cashPages) apiRemit(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Collections []string `json:"collections"`
		Reason      string   `json:"reason"`
	}
	if !s.body(w, r, &in) {
		return
	}
	p, err := s.remit(r.Context(), in.Collections, in.Reason)
	s.answerPlan(w, r, http.StatusAccepted, p, err)
}

func (s *cashPages) apiRemittances(w http.ResponseWriter, r *http.Request) {
	rows, err := s.cfg.Store.Cash.Remittances(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	views := make([]remittanceView, len(rows))
	for i, m := range rows {
		views[i] = viewRemittance(m)
	}
	writeJSON(w, http.StatusOK, map[string]any{"remittances": views})
}

func (s *cashPages) apiRemittance(w http.ResponseWriter, r *http.Request) {
	m, err := s.cfg.Store.Cash.Remittance(r.Context(), r.PathValue("id"))
	s.answerRemittance(w, r, m, err)
}

func (s *cashPages) answerRemittance(w http.ResponseWriter, r *http.Request, m cash.Remittance, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, viewRemittance(m))
}

// What the bank has, as it stands in paths.
const (
	actDeposit  = "deposit"
	actBankLine = "bank-line"
)

// bankSays enters what the bank has of a remittance; the store audits that with it, and a refusal
// is audited here.
func (s *cashPages) bankSays(r *http.Request, act, reference, date string, amount money.Amount) (cash.Remittance, error) {
	who := person(r.Context())
	e := cash.BankEntry{Reference: strings.TrimSpace(reference), Amount: amount, Date: strings.ReplaceAll(date, "-", ""), By: who.Name}
	enters, action := s.cfg.Store.Cash.Deposit, "enter deposit"
	if act == actBankLine {
		enters, action = s.cfg.Store.Cash.BankLine, "enter bank line"
	}
	m, err := enters(r.Context(), r.PathValue("id"), e, s.now())

	return m, s.refused(r.Context(), action, r.PathValue("id"), err)
}

func (s *cashPages) apiDeposit(w http.ResponseWriter, r *http.Request) {
	s.apiBankSays(w, r, actDeposit)
}

func (s *cashPages) apiBankLine(w http.ResponseWriter, r *http.Request) {
	s.apiBankSays(w, r, actBankLine)
}

func (s *cashPages) apiBankSays(w http.ResponseWriter, r *http.Request, act string) {
	var in struct {
		Reference string       `json:"reference"`
		Amount    money.Amount `json:"amount"`
		Date      string       `json:"date"`
	}
	if !s.body(w, r, &in) {
		return
	}
	m, err := s.bankSays(r, act, in.Reference, in.Date, in.Amount)
	s.answerRemittance(w, r, m, err)
}

func (s *cashPages) bankForm(w http.ResponseWriter, r *http.Request) {
	act, id := r.PathValue("act"), r.PathValue("id")
	if act != actDeposit && act != actBankLine {
		s.errorPage(w, r, http.StatusNotFound)
		return
	}
	if !s.form(w, r) {
		return
	}
	back := "/remittances/" + pathEscape(id)
	amount, err := money.Parse(strings.ReplaceAll(r.PostForm.Get("amount"), ",", ""))
	if err != nil {
		err = fmt.Errorf("amount %w: %w", errInput, err)
	} else {
		_, err = s.bankSays(r, act, r.PostForm.Get("reference"), r.PostForm.Get("date"), amount)
	}
	if err != nil {
		s.refusePage(w, r, err, back)
		return
	}
	http.Redirect(w, r, withNote(back, "cash.entered"), http.StatusSeeOther)
}

// countOf reads a count off a form: fields of a name and a value in fen.
func countOf(r *http.Request, name string) ([]collection.Pile, error) {
	var out []collection.Pile
	for field, values := range r.PostForm {
		of, is := strings.CutPrefix(field, name+"-")
		if !is || strings.TrimSpace(values[0]) == "" {
			continue
		}
		value, err := strconv.ParseInt(of, 10, 64)
		n, bad := strconv.ParseInt(strings.TrimSpace(values[0]), 10, 64)
		if err != nil || bad != nil {
			return nil, fmt.Errorf("%s %w: want a number of notes", field, errInput)
		}
		if n != 0 {
			out = append(out, collection.Pile{Value: money.Amount(value), Notes: n})
		}
	}
	slices.SortFunc(out, func(a, b collection.Pile) int { return int(b.Value - a.Value) })

	return out, nil
}

func (s *cashPages) receiveForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	serial := r.PathValue("serial")
	genuine, err := countOf(r, "genuine")
	if err == nil {
		var forged []collection.Pile
		if forged, err = countOf(r, "counterfeit"); err == nil {
			p, err := s.receive(r.Context(), serial, cash.Recount{Genuine: genuine, Counterfeit: forged}, r.PostForm.Get("reason"))
			s.toPlan(w, r, p, err)
			return
		}
	}
	s.refusePage(w, r, err, "/collections/"+pathEscape(serial))
}

func (s *cashPages) remitForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	serials := r.PostForm["collection"]
	if len(serials) == 0 {
		s.refusePage(w, r, fmt.Errorf("collections %w: choose one or more", errInput), "/remittances")
		return
	}
	p, err := s.remit(r.Context(), serials, r.PostForm.Get("reason"))
	s.toPlan(w, r, p, err)
}
