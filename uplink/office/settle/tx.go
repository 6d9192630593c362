package settle

import (
	"context"
	"time"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/people"
)

// Tx is the rows of dates, files, breaks and jobs, inside one database transaction, and of
// the other subjects those that they are made from. Getters of one row return
// stored.ErrNotFound, and lock it until the end of an Update. Puts of a row with a Version
// make it where that is 1, and else replace the one before it: stored.ErrStale if another was
// faster.
type Tx interface {
	OursTx
	DateTx
	FileTx
	CashTx
	EscalationTx
	books.CaseTx
	people.RefusalTx
	accounts.Tx
}

// OursTx is what the kiosks' own book is made of.
type OursTx interface {
	Kiosks(ctx context.Context) ([]fleet.Kiosk, error)
	Journals(ctx context.Context) ([]books.Journal, error)
	RecordHash(ctx context.Context, kiosk string, incarnation uint8, seq uint64) (record.Hash, error)
	Transactions(ctx context.Context, serials []string) ([]books.Transaction, error)
	Postings(ctx context.Context, serials []string) ([]books.Posting, error)
	Deliveries(ctx context.Context, serials []string) ([]books.Delivery, error)
	ExchangesOf(ctx context.Context, serial string) ([]bank.Exchange, error)
	// Settlements are at most limit settlements of batches sent at or after from and before to,
	// the oldest first.
	Settlements(ctx context.Context, from, to time.Time, limit int) ([]bank.Exchange, error)
	ExchangesLike(ctx context.Context, terminal string, trace uint32, since time.Time) ([]bank.Exchange, error)

	// DayPostings are at most limit postings of a business date, by serial, after that one.
	DayPostings(ctx context.Context, day, after string, limit int) ([]books.Posting, error)
	// Unposted are at most limit transactions opened at or after from and before to that
	// have no posting, by when they were opened and serial, after that one.
	Unposted(ctx context.Context, from, to time.Time, after OpenedKey, limit int) ([]books.Transaction, error)
}

// OpenedKey is a place among the transactions by when they were opened. The zero value is
// before all.
type OpenedKey struct {
	At     int64
	Serial string
}

// DateTx is dates, their breaks, and jobs.
type DateTx interface {
	Date(ctx context.Context, day string) (Date, error)
	// Dates are at most limit dates before a day, the newest first; all where it is empty.
	Dates(ctx context.Context, before string, limit int) ([]Date, error)
	// Unsigned are at most limit dates that are not signed, the oldest first.
	Unsigned(ctx context.Context, limit int) ([]Date, error)
	PutDate(ctx context.Context, d Date) error

	Break(ctx context.Context, id string) (Break, error)
	// BreaksOf are at most limit breaks of a date, by ID, after that one.
	BreaksOf(ctx context.Context, day, after string, limit int) ([]Break, error)
	// OpenBreaks are at most limit open breaks of all dates, by day and ID, after that one.
	OpenBreaks(ctx context.Context, after BreakKey, limit int) ([]Break, error)
	PutBreaks(ctx context.Context, rows []Break) error

	DueRow(ctx context.Context, job, day string) (DueRow, error)
	// LastDue is the newest day up to and with one that a job has a row of; empty for none.
	LastDue(ctx context.Context, job, upto string) (day string, err error)
	// DueRows are at most limit rows of a job in state Due whose NextAt has come, by day.
	DueRows(ctx context.Context, job string, now time.Time, limit int) ([]DueRow, error)
	PutDueRow(ctx context.Context, d DueRow) error
}

// BreakKey is a place among breaks. The zero value is before all.
type BreakKey struct{ Day, ID string }

// FileTx is files and their lines.
type FileTx interface {
	BookFile(ctx context.Context, id string) (File, error)
	// FilesOf are those of a date, by kind, part, arrival and ID. It does not lock them.
	FilesOf(ctx context.Context, day string) ([]File, error)
	// LoadingFiles are those in state Loading, by ID.
	LoadingFiles(ctx context.Context) ([]File, error)
	PutFile(ctx context.Context, f File) error
	// DropFile removes a file and its lines.
	DropFile(ctx context.Context, id string) error
	AddLines(ctx context.Context, rows []Line) error
	// Lines are at most limit of a file, by serial and N, after that one.
	Lines(ctx context.Context, file string, after LineKey, limit int) ([]Line, error)
	// LinesOf are those of these serials in files that stand, by file, serial and N.
	LinesOf(ctx context.Context, serials []string) ([]Line, error)
}

// LineKey is a place among the lines of a file. The zero value is before all.
type LineKey struct {
	Serial string
	N      int64
}
