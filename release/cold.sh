# The packages whose code runs once, waits for a person or for files, for release/build.sh: in a
# release their functions are not inlined, which makes the binary smaller once it is compressed.
# The packages that read and compute are not among them, but for those that were measured to be as
# fast so: coco/check, formats and internal/demo.
hubdata=github.com/hubdata/hubdata
cold=(
  "$hubdata"/cmd/hubdata/internal/{app,convertcmd,democmd,exportcmd,filtercmd,foldscmd,importcmd,mergecmd,pseudocmd,showcmd}
  "$hubdata"/cmd/hubdata/internal/{checkcmd,statscmd,stitchcmd,submissioncmd,tilecmd,traincmd,tunecmd,verifycmd,viewcmd,viewcmd/{decisions,memory,origins,page},reportcmd/...}
  "$hubdata"/cmd/hubdata/internal/{evalcmd,files,flags,formatlist,imagekey,imagenames,lineage,paint,placing,planfile,scoring/...,selection,shards,ui,wholes}
  "$hubdata"/coco/check "$hubdata"/formats/... "$hubdata"/internal/demo
  "$hubdata"/internal/{bill,figures,flock,gaps,htmlreport,licences,loopback,plot,process} "$hubdata"/{review,slide/changes} "$hubdata"/mmdet/...
  crypto/... vendor/... mime/... context fmt log/... os os/... path/... time encoding/json encoding/xml html/... math/big net/... regexp/... text/...
  go.yaml.in/... golang.org/x/image/font/...
  golang.org/x/text/... github.com/rivo/... github.com/schollz/... github.com/urfave/...
)
