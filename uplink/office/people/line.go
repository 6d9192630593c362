package people

import "wattkiosk/payments/record"

// AuditLine is an act as it is exported: a line of JSON.
type AuditLine struct {
	Audit
	Prev string `json:"prev"`
	Hash string `json:"hash"`
}

// Line is the act as it is exported.
func (a Audit) Line() AuditLine {
	prev, hash := a.Prev.String(), a.Hash.String()
	a.Prev, a.Hash = record.Hash{}, record.Hash{}

	return AuditLine{a, prev, hash}
}
