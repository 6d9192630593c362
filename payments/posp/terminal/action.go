package terminal

import (
	"wattkiosk/payments/posp"
)

// Do is what an action is.
type Do string

// The actions.
const (
	// Send: build the frame of Request, have the pad make its MAC, send it, and report
	// Answered or Lost. A sale, void, refund or balance enquiry needs the card.
	Send Do = "send"
	// LoadKeys: give the keys of the sign-in's answer to the pad, and report Loaded or
	// NotLoaded.
	LoadKeys Do = "load-keys"
	// Conclude: Conclusion is how the order with that serial ended.
	Conclude Do = "conclude"
	// TellReversed: Conclusion is a reversal that has ended; its serial is that of the
	// original.
	TellReversed Do = "reversed"
	// TellSettled: Settlement is a batch that was closed.
	TellSettled Do = "settled"
	// TellEvidence: an answer that came after the end. It changes nothing here;
	// Conclusion.Contradicts says that people must look.
	TellEvidence Do = "evidence"
	// Report: Trouble is something that does not go on by itself, or not soon.
	Report Do = "report"
)

// Action is one thing to do, in the order given. Those that tell something may come
// again after a restart.
type Action struct {
	Do         Do
	Request    posp.Request // Send
	Conclusion Conclusion   // Conclude, TellReversed, TellEvidence
	Settlement Settlement   // TellSettled
	Trouble    Trouble      // Report
}

// Conclusion is an end, or what bears on one.
type Conclusion struct {
	Serial      string       `json:"serial"`
	Op          posp.Op      `json:"op"`
	Trace       uint32       `json:"trace"`
	Batch       uint32       `json:"batch"`
	Outcome     posp.Outcome `json:"outcome"`
	Reason      posp.Reason  `json:"reason,omitempty"`
	Act         posp.Act     `json:"act,omitempty"`
	Capture     bool         `json:"capture,omitempty"`
	Cause       Cause        `json:"cause,omitempty"` // where there was no answer
	Answer      posp.Answer  `json:"answer,omitzero"`
	Contradicts bool         `json:"contradicts,omitempty"` // what an earlier answer said
}

// Settlement is a closed batch.
type Settlement struct {
	Batch uint32      `json:"batch"`
	Ours  posp.Totals `json:"ours"`
	Bank  posp.Totals `json:"bank"`
	Equal bool        `json:"equal"` // else every detail was uploaded

	// Sales by chip whose certificates the POSP took, and did not take.
	Certified   int `json:"certified,omitempty"`
	Uncertified int `json:"uncertified,omitempty"`
}

// Trouble is what people may have to see to.
type Trouble struct {
	What     What      `json:"what"`
	Code     posp.Code `json:"code,omitempty"`  // of the POSP, where it answered
	Cause    Cause     `json:"cause,omitempty"` // where it did not
	Failures int       `json:"failures"`
	Batch    uint32    `json:"batch,omitempty"`
}

// What is the kind of a trouble.
type What string

// The troubles.
const (
	SignInFails    What = "sign-in"     // no keys
	ReversalFails  What = "reversal"    // pending, no sale is possible
	SettleFails    What = "settlement"  // the batch stays
	UploadFails    What = "upload"      // the POSP waits for details
	CertificateBad What = "certificate" // the POSP did not take one; the batch closes without it
	NoticeFails    What = "scripts"     // the POSP was not told what a chip did with scripts
	BatchDiffers   What = "batch"       // the POSP has another batch open
	RefundNotKnown What = "refund"      // cannot be reversed
)
