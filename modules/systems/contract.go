package systems

import (
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/modules/vendors"
)

// ContractUse says that a contract serves a system, and with which share of its
// price.
type ContractUse struct {
	records.Base[ContractUse]
	System   records.ID[System]
	Contract records.ID[vendors.Contract]
	Share    records.Scaled // per cent, ShareDigits after the point
	Notes    records.Opt[string]
}

// ShareDigits is how many digits after the point a share in per cent has, and
// WholeShare all of a contract.
const (
	ShareDigits = 2
	WholeShare  = 100_00
)

// ContractUses are which contracts serve which systems. Their rights are the system's.
var ContractUses = records.Define("systems.contract-use", "Contract of a system", "Contracts of systems", "SCO", func(x *ContractUse, f *records.Fields) {
	records.Linked(f, &x.System, "System").List()
	records.Linked(f, &x.Contract, "Contract").List()
	records.Dec(f, &x.Share, "Share of its price", ShareDigits).Unit("%").Between(0, WholeShare).List()
	records.Str(f, &x.Notes, "Notes")
	f.Under(&x.System)
}).InArea(access.Systems).Icon("file-certificate").Versioned().Check(checkContractUse)

func checkContractUse(u *records.Tx, _, x *ContractUse) error {
	if x.ArchivedAt.Set {
		return nil
	}
	var same, others int64
	_, err := u.Row(`SELECT COALESCE(SUM(CASE WHEN system = $1 THEN 1 ELSE 0 END), 0), COALESCE(SUM(share), 0)
FROM systems_contract_use
WHERE contract = $2 AND id <> $3 AND archived_at IS NULL`, []any{string(x.System), string(x.Contract), string(x.ID)}, &same, &others)
	switch {
	case err != nil:
		return err
	case same > 0:
		e := fail.Field(&x.Contract, "systems.contract-use.contract-twice", "This contract is linked to the system already.")
		e.Kind = fail.Conflict
		return e
	case others+int64(x.Share) > WholeShare:
		return fail.Field(&x.Share, "systems.contract-use.share-over", "The shares of the systems that the contract serves come to more than 100 %.")
	}
	return nil
}
