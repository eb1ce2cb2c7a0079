package reports_test
import ("testing";"os";"steward/modules";"steward/kernel/access";"steward/kernel/locale";"steward/kernel/testkit/apptest";"steward/modules/reports")
func TestScratch(t *testing.T){
 p:=apptest.SQLite(t, modules.All()); given(t,p); closed(t,p)
 for _,l:=range []locale.Lang{"en","de","hu"} { for _,f:=range reports.Formats { os.WriteFile("/tmp/rep-"+string(l)+"."+string(f), made(t,p,access.System(),l,f), 0o644) } }
}
