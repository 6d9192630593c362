package export

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/xuri/excelize/v2"

	"wattkiosk/payments/reconcile/form"
)

// Form is how payments are written.
type Form string

// The forms.
const (
	Ledger104 Form = "104"
	CSV       Form = "csv"
	XLSX      Form = "xlsx"
)

// ErrForm says that there is no such form.
var ErrForm = errors.New("no such form")

// ErrFit says that what there is does not fit a form: a value its column, or all payments
// one sheet.
var ErrFit = errors.New("the payments of that date do not fit the form: take csv")

// Forms are all, in order.
func Forms() []Form { return []Form{Ledger104, CSV, XLSX} }

// Parse is the form of a name, or ErrForm.
func Parse(name string) (Form, error) {
	if f := Form(name); slices.Contains(Forms(), f) {
		return f, nil
	}

	return "", fmt.Errorf("%w: %.10q: want 104, csv or xlsx", ErrForm, name)
}

// FileName is what the file of a date is called.
func (f Form) FileName(day string) string {
	ending := string(f)
	if f == Ledger104 {
		ending = "txt"
	}

	return "payments-" + day + "." + ending
}

// Type is the media type of the form.
func (f Form) Type() string {
	switch f {
	case CSV:
		return "text/csv; charset=utf-8"
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}

	return "text/plain; charset=us-ascii"
}

// Write writes the payments of a business date (YYYYMMDD) in a form. What it has written
// when it fails is of no use.
func (d *Desk) Write(ctx context.Context, f Form, day string, to io.Writer) error {
	switch f {
	case Ledger104:
		return d.ledger(ctx, day, to)
	case CSV:
		return d.commas(ctx, day, to)
	case XLSX:
		return d.sheet(ctx, day, to)
	}

	return fmt.Errorf("%w: %.10q", ErrForm, string(f))
}

// errEnough ends the reading because the writer has had enough.
var errEnough = errors.New("enough")

// ledger writes what stands in the form of 104 columns.
func (d *Desk) ledger(ctx context.Context, day string, to io.Writer) error {
	var failed error
	err := form.Write104(to, func(yield func(form.Line104) bool) {
		failed = d.Rows(ctx, day, func(r Row) error {
			if r.stands() && !yield(line104(r)) {
				return errEnough
			}

			return nil
		})
	})
	if failed != nil && !errors.Is(failed, errEnough) {
		return failed
	}
	if errors.Is(err, form.ErrWide) {
		return fmt.Errorf("%w: %w", ErrFit, err)
	}

	return err
}

func line104(r Row) form.Line104 {
	l := form.Line104{
		Terminal: r.Kiosk, Serial: r.Serial, Batch: r.Day, Class: "01", Date: dashed(r.Day), Amount: r.Amount, Mode: "010301",
		Settle: map[string]string{"cash": "01", "bankcard": "05", "qr": "21"}[r.Tender], Customer: r.Account,
	}
	if r.Sold {
		l.Class, l.Mode = "02", "010302"
	}

	return l
}

func dashed(day string) string { return day[:4] + "-" + day[4:6] + "-" + day[6:] }

// The columns of a table.
var columns = []string{"流水号", "终端号", "户号", "户名", "业务", "支付方式", "金额", "账务日期", "支付时间", "状态", "入账编号", "原因"}

const amountColumn = 6

// cells are the columns of a row.
func cells(r Row) []string {
	at := ""
	if !r.PaidAt.IsZero() {
		at = r.PaidAt.Format("2006-01-02 15:04:05")
	}
	what := "电费缴纳"
	if r.Sold {
		what = "购电"
	}
	texts := []string{r.Serial, r.Kiosk, r.Account, r.Name, what, word(tenders, r.Tender), r.Amount.String(), dashed(r.Day), at, word(states, r.State), r.Reference, r.Reason}
	for i := range texts {
		if i != amountColumn {
			texts[i] = form.Harmless(texts[i])
		}
	}

	return texts
}

var tenders = map[string]string{"cash": "现金", "bankcard": "银行卡", "qr": "扫码"}

var states = map[string]string{
	"ordered": "待发", "calling": "入账中", "asking": "查询中", "reversing": "返销中", "posted": "已入账", "owed": "待退补", "disputed": "核实中",
	"tendering": "收款中", "undoing": "退回中", "undone": "已退回", "posting": "待入账",
}

// word is the word for a name; a name without one stays.
func word(words map[string]string, name string) string {
	if w, ok := words[name]; ok {
		return w
	}

	return name
}

// commas writes a table of comma-separated values.
func (d *Desk) commas(ctx context.Context, day string, to io.Writer) error {
	if _, err := io.WriteString(to, "\uFEFF"); err != nil {
		return err
	}
	w := csv.NewWriter(to)
	w.UseCRLF = true
	if err := w.Write(columns); err != nil {
		return err
	}
	if err := d.Rows(ctx, day, func(r Row) error { return w.Write(cells(r)) }); err != nil {
		return err
	}
	w.Flush()

	return w.Error()
}

// sheetRows is how many rows a sheet of Excel has.
const sheetRows = 1_048_576

// sheet writes a sheet of Excel. Only its amounts are numbers: a serial has more digits than
// a number there.
func (d *Desk) sheet(ctx context.Context, day string, to io.Writer) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	name := dashed(day)
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return fmt.Errorf("cannot make the sheet: %w", err)
	}
	two, err := f.NewStyle(&excelize.Style{NumFmt: 2}) // 0.00
	if err != nil {
		return fmt.Errorf("cannot make the sheet: %w", err)
	}
	w, err := f.NewStreamWriter(name)
	if err != nil {
		return fmt.Errorf("cannot make the sheet: %w", err)
	}

	at := 0
	put := func(values []any) error {
		if at++; at > sheetRows {
			return ErrFit
		}

		return w.SetRow(fmt.Sprintf("A%d", at), values)
	}
	if err := errors.Join(w.SetColWidth(1, len(columns), 18), put(anys(columns))); err != nil {
		return fmt.Errorf("cannot make the sheet: %w", err)
	}
	err = d.Rows(ctx, day, func(r Row) error {
		values := anys(cells(r))
		values[amountColumn] = excelize.Cell{StyleID: two, Value: float64(r.Amount) / 100} // exact to the fen below 10^13 yuan

		return put(values)
	})
	if err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("cannot make the sheet: %w", err)
	}
	if err := f.Write(to); err != nil {
		return fmt.Errorf("cannot write the sheet: %w", err)
	}

	return nil
}

func anys(texts []string) []any {
	values := make([]any, len(texts))
	for i, t := range texts {
		values[i] = t
	}

	return values
}
