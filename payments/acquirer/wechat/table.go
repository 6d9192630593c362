package wechat

import (
	"strings"

	"wattkiosk/payments/acquirer"
)

// taken is the code of an answer that is not an error; its trade_state or status
// says the rest.
const taken = "OK"

// codeOf writes an error code as the tables have it: API v2 and v3 differ in
// underscores only, and both are met (AUTHCODEEXPIRE, AUTH_CODE_EXPIRE).
func codeOf(s string) string { return strings.ReplaceAll(s, "_", "") }

// The tables are read-only. SYSTEM_ERROR, BANK_ERROR and TRADE_ERROR are in none of
// them: whether anything was carried out is unknown. So is what may be the echo of
// an earlier call of ours (ORDERPAID, OUT_TRADE_NO_USED).
var (
	onOrder = acquirer.Table{
		{Code: taken}:                acquirer.Carried,
		{Code: "ORDERCLOSED"}:        acquirer.Refuse(acquirer.Closed),
		{Code: "RULELIMIT"}:          acquirer.Refuse(acquirer.OverLimit),
		{Code: "PARAMERROR"}:         acquirer.Refuse(acquirer.NotAccepted),
		{Code: "APPIDMCHIDNOTMATCH"}: acquirer.Refuse(acquirer.NotAccepted),
		{Code: "MCHNOTEXISTS"}:       acquirer.Refuse(acquirer.NotAccepted),
		{Code: "NOAUTH"}:             acquirer.Refuse(acquirer.NotAccepted),
		{Code: "FREQUENCYLIMITED"}:   acquirer.Busy,
		{Code: "RATELIMITEXCEEDED"}:  acquirer.Busy,
	}

	onCollect = acquirer.Table{
		{Code: taken, State: "SUCCESS"}:    acquirer.Carried,
		{Code: taken, State: "USERPAYING"}: acquirer.Waiting,
		{Code: taken, State: "ACCEPT"}:     acquirer.Waiting,
		{Code: taken, State: "NOTPAY"}:     acquirer.Waiting,
		{Code: "USERPAYING"}:               acquirer.Waiting,
		{Code: "AUTHCODEEXPIRE"}:           acquirer.Refuse(acquirer.BadCode),
		{Code: "AUTHCODEERROR"}:            acquirer.Refuse(acquirer.BadCode),
		{Code: "AUTHCODEINVALID"}:          acquirer.Refuse(acquirer.BadCode),
		{Code: "NOTENOUGH"}:                acquirer.Refuse(acquirer.NoFunds),
		{Code: "RULELIMIT"}:                acquirer.Refuse(acquirer.OverLimit),
		{Code: "BUYERMISMATCH"}:            acquirer.Refuse(acquirer.Declined),
		{Code: "NOTSUPORTCARD"}:            acquirer.Refuse(acquirer.Declined), // spelt so by WeChat
		{Code: "ACCOUNTERROR"}:             acquirer.Refuse(acquirer.Declined),
		{Code: "PARAMERROR"}:               acquirer.Refuse(acquirer.NotAccepted),
		{Code: "APPIDMCHIDNOTMATCH"}:       acquirer.Refuse(acquirer.NotAccepted),
		{Code: "MCHNOTEXISTS"}:             acquirer.Refuse(acquirer.NotAccepted),
		{Code: "NOAUTH"}:                   acquirer.Refuse(acquirer.NotAccepted),
		{Code: "FREQUENCYLIMITED"}:         acquirer.Busy,
		{Code: "RATELIMITEXCEEDED"}:        acquirer.Busy,
	}

	// REFUND is missing: it says that some money went back, not that all did.
	onAsk = acquirer.Table{
		{Code: taken, State: "SUCCESS"}:    acquirer.Carried,
		{Code: taken, State: "NOTPAY"}:     acquirer.Waiting,
		{Code: taken, State: "USERPAYING"}: acquirer.Waiting,
		{Code: taken, State: "ACCEPT"}:     acquirer.Waiting,
		{Code: taken, State: "CLOSED"}:     acquirer.Refuse(acquirer.Closed),
		{Code: taken, State: "REVOKED"}:    acquirer.Reverted,
		{Code: taken, State: "PAYERROR"}:   acquirer.Refuse(acquirer.Declined),
		{Code: "ORDERNOTEXIST"}:            acquirer.None,
		{Code: "RESOURCENOTEXISTS"}:        acquirer.None,
		{Code: "FREQUENCYLIMITED"}:         acquirer.Waiting,
		{Code: "RATELIMITEXCEEDED"}:        acquirer.Waiting,
	}

	onClose = acquirer.Table{
		{Code: taken}:               acquirer.Carried,
		{Code: "ORDERCLOSED"}:       acquirer.Carried,
		{Code: "ORDERPAID"}:         acquirer.Refuse(acquirer.AlreadyPaid),
		{Code: "ORDERNOTEXIST"}:     acquirer.Refuse(acquirer.NoOrder),
		{Code: "RESOURCENOTEXISTS"}: acquirer.Refuse(acquirer.NoOrder),
		{Code: "USERPAYING"}:        acquirer.Waiting,
		{Code: "PARAMERROR"}:        acquirer.Refuse(acquirer.NotAccepted),
		{Code: "NOAUTH"}:            acquirer.Refuse(acquirer.NotAccepted),
		{Code: "FREQUENCYLIMITED"}:  acquirer.Busy,
		{Code: "RATELIMITEXCEEDED"}: acquirer.Busy,
	}

	onReverse = acquirer.Table{
		{Code: taken}:               acquirer.Carried,
		{Code: "ORDERREVERSED"}:     acquirer.Carried,
		{Code: "ORDERCLOSED"}:       acquirer.Carried,
		{Code: "ORDERNOTEXIST"}:     acquirer.Refuse(acquirer.NoOrder),
		{Code: "RESOURCENOTEXISTS"}: acquirer.Refuse(acquirer.NoOrder),
		{Code: "USERPAYING"}:        acquirer.Waiting,
		{Code: "REVERSEEXPIRE"}:     acquirer.Refuse(acquirer.NotRefundable),
		{Code: "NOTENOUGH"}:         acquirer.Short,
		{Code: "PARAMERROR"}:        acquirer.Refuse(acquirer.NotAccepted),
		{Code: "NOAUTH"}:            acquirer.Refuse(acquirer.NotAccepted),
		{Code: "FREQUENCYLIMITED"}:  acquirer.Busy,
		{Code: "RATELIMITEXCEEDED"}: acquirer.Busy,
	}

	// ABNORMAL is missing: the money left us and did not arrive.
	onRefund = acquirer.Table{
		{Code: taken, State: "SUCCESS"}:    acquirer.Carried,
		{Code: taken, State: "PROCESSING"}: acquirer.Waiting,
		{Code: taken, State: "CLOSED"}:     acquirer.Refuse(acquirer.NotRefundable),
		{Code: "NOTENOUGH"}:                acquirer.Short,
		{Code: "USERACCOUNTABNORMAL"}:      acquirer.Refuse(acquirer.NotRefundable),
		{Code: "RESOURCENOTEXISTS"}:        acquirer.Refuse(acquirer.NotRefundable),
		{Code: "ORDERNOTEXIST"}:            acquirer.Refuse(acquirer.NotRefundable),
		{Code: "INVALIDREQUEST"}:           acquirer.Refuse(acquirer.NotRefundable),
		{Code: "PARAMERROR"}:               acquirer.Refuse(acquirer.NotAccepted),
		{Code: "MCHNOTEXISTS"}:             acquirer.Refuse(acquirer.NotAccepted),
		{Code: "NOAUTH"}:                   acquirer.Refuse(acquirer.NotAccepted),
		{Code: "FREQUENCYLIMITED"}:         acquirer.Busy,
		{Code: "RATELIMITEXCEEDED"}:        acquirer.Busy,
	}

	onAskRefund = acquirer.Table{
		{Code: taken, State: "SUCCESS"}:    acquirer.Carried,
		{Code: taken, State: "PROCESSING"}: acquirer.Waiting,
		{Code: taken, State: "CLOSED"}:     acquirer.Refuse(acquirer.NotRefundable),
		{Code: "RESOURCENOTEXISTS"}:        acquirer.None,
		{Code: "REFUNDNOTEXIST"}:           acquirer.None,
		{Code: "FREQUENCYLIMITED"}:         acquirer.Waiting,
		{Code: "RATELIMITEXCEEDED"}:        acquirer.Waiting,
	}
)
