package page

// The screens of the main flow. Those of a technician are in service/update.
const (
	Idle           Screen = "idle"
	ChooseService  Screen = "choose-service"
	EnterAccount   Screen = "enter-account"
	ConfirmAccount Screen = "confirm-account"
	ChooseTender   Screen = "choose-tender"
	ChooseAmount   Screen = "choose-amount"
	EnterAmount    Screen = "enter-amount"
	InsertCash     Screen = "insert-cash"
	InsertCard     Screen = "insert-card"
	ChooseCard     Screen = "choose-application" // of several on one card
	EnterPIN       Screen = "enter-pin"
	TakeCard       Screen = "take-card"
	ShowCode       Screen = "show-code"

	InsertMeterCard Screen = "insert-meter-card"
	MeterCard       Screen = "meter-card"   // what is on it, and what it may buy
	MeterErrors     Screen = "meter-errors" // what the codes in a meter's display mean
	WriteCard       Screen = "write-card"

	Processing   Screen = "processing"
	Done         Screen = "done"
	Failed       Screen = "failed"
	OutOfService Screen = "out-of-service"
)

// End is the effect of a visit that is over.
const End Effect = "end"
