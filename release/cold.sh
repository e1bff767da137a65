# The packages whose code runs once or waits for a person, for release/build.sh: in a release
# their functions are not inlined, which makes the binary smaller once it is compressed.
# The packages that read, compute and write are not among them.
hubdata=github.com/hubdata/hubdata
cold=(
  "$hubdata"/cmd/hubdata/internal/{app,convertcmd,democmd,exportcmd,filtercmd,foldscmd,importcmd,mergecmd,pseudocmd,showcmd}
  "$hubdata"/cmd/hubdata/internal/{checkcmd,statscmd,stitchcmd,submissioncmd,tilecmd,traincmd,tunecmd,verifycmd,viewcmd,viewcmd/page,reportcmd/...}
  "$hubdata"/cmd/hubdata/internal/{evalcmd,files,flags,formatlist,imagekey,imagenames,lineage,paint,placing,planfile,scoring/...,selection,shards,ui,wholes}
  "$hubdata"/formats "$hubdata"/formats/{asap,cvat,dsa,hovernet,imagefolder,imagescope,labelstudio,ndpa,via,voc}
  "$hubdata"/internal/{bill,figures,flock,gaps,htmlreport,licences,loopback,plot,process} "$hubdata"/{review,slide/changes} "$hubdata"/mmdet/...
  crypto/... vendor/... mime/... context fmt log/... os os/... path/... time encoding/json encoding/xml html/... math/big net/... regexp/... text/...
  go.yaml.in/... golang.org/x/image/font/...
  golang.org/x/text/... github.com/rivo/... github.com/schollz/... github.com/urfave/...
)
