package people

import "context"

// AuditTx writes down privileged acts in the transaction that carries them out.
type AuditTx interface {
	// AddAudit numbers and chains the row itself (see Audit.After). In an Update it locks
	// the end of the log, so that those who write at the same time write one after another.
	AddAudit(ctx context.Context, a Audit) error
}

// UserTx is who may work with head office.
type UserTx interface {
	User(ctx context.Context, name string) (User, error)
}

// Tx is people, their sessions, what they did, and who may log in at kiosks.
type Tx interface {
	RefusalTx
	UserTx
	TechnicianTx

	// Users are by name.
	Users(ctx context.Context) ([]User, error)
	PutUser(ctx context.Context, u User) error
	// UpdateUser saves the next version of a person, else stored.ErrStale.
	UpdateUser(ctx context.Context, u User) error
	SessionTx
	FactorTx
	// AuditHead is the end of the log; zero for an empty one. In an Update it locks it.
	AuditHead(ctx context.Context) (AuditHead, error)
	// AuditAfter are the chained acts after a number, oldest first.
	AuditAfter(ctx context.Context, seq int64, limit int) ([]Audit, error)
	// UnchainedAudit are acts without a number, in the order in which they were written.
	UnchainedAudit(ctx context.Context, limit int) ([]Audit, error)
	// ChainAudit stores number and hashes of an act that has none, and moves the end.
	ChainAudit(ctx context.Context, a Audit) error
}

// FactorTx is second factors.
type FactorTx interface {
	// Factor locks the row until the end of an Update, so that a code is used once.
	Factor(ctx context.Context, who string) (Factor, error)
	PutFactor(ctx context.Context, f Factor) error
	DeleteFactor(ctx context.Context, who string) error
}

// TechnicianTx is who may log in at kiosks.
type TechnicianTx interface {
	// Technicians are by number.
	Technicians(ctx context.Context) ([]Technician, error)
	PutTechnician(ctx context.Context, t Technician) error
}

// SessionTx is who is logged in.
type SessionTx interface {
	Session(ctx context.Context, token string) (Session, error)
	// SessionsOf are those of a person, or of everybody if who is empty; the newest first.
	SessionsOf(ctx context.Context, who string) ([]Session, error)
	PutSession(ctx context.Context, s Session) error
	// TouchSession says that the person did something; a session that has ended stays so.
	TouchSession(ctx context.Context, token string, at int64) error
	DeleteSession(ctx context.Context, token string) error
	DeleteSessionsOf(ctx context.Context, who string) error
	DeleteSessionsBefore(ctx context.Context, at int64) error
}
