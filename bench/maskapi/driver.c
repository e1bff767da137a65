/* Times pycocotools' C code: driver fill FILE | driver iou FILE.
   FILE is text made by bench/kernels. Prints nanoseconds a polygon or a pair,
   and a sum over the results that shows that the work is the same. */
#include "maskApi.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static long number(FILE *f) {
  long v;
  if (fscanf(f, "%ld", &v) != 1) exit(1);
  return v;
}

static void fill(FILE *f) {
  long n = number(f), h = number(f), w = number(f);
  double **xy = malloc(n * sizeof *xy);
  long *k = malloc(n * sizeof *k);
  for (long i = 0; i < n; i++) {
    k[i] = number(f);
    xy[i] = malloc(2 * k[i] * sizeof **xy);
    for (long j = 0; j < 2 * k[i]; j++)
      if (fscanf(f, "%lf", &xy[i][j]) != 1) exit(1);
  }
  double sum = 0, t = 0;
  for (long i = 0; i < n; i++) {
    RLE r;
    double start = now();
    rleFrPoly(&r, xy[i], k[i], h, w);
    t += now() - start;
    uint area;
    rleArea(&r, 1, &area);
    sum += area;
    rleFree(&r);
  }
  printf("%.3f %.17g\n", t / n, sum);
}

static RLE *masks(FILE *f, long n, long h, long w) {
  RLE *r = malloc(n * sizeof *r);
  for (long i = 0; i < n; i++) {
    long m = number(f);
    uint *c = malloc((m + 1) * sizeof *c);
    for (long j = 0; j < m; j++) c[j] = number(f);
    rleInit(r + i, h, w, m, c);
    free(c);
  }
  return r;
}

static void iou(FILE *f) {
  long groups = number(f), h = number(f), w = number(f), nd = number(f), ng = number(f);
  RLE **d = malloc(groups * sizeof *d), **g = malloc(groups * sizeof *g);
  for (long i = 0; i < groups; i++) d[i] = masks(f, nd, h, w), g[i] = masks(f, ng, h, w);
  double *o = malloc(nd * ng * sizeof *o), sum = 0, t = now();
  for (long i = 0; i < groups; i++) {
    rleIou(d[i], g[i], nd, ng, 0, o);
    for (long j = 0; j < nd * ng; j++) sum += o[j];
  }
  t = now() - t;
  printf("%.3f %.17g\n", t / (groups * nd * ng), sum);
}

int main(int argc, char **argv) {
  FILE *f = argc == 3 ? fopen(argv[2], "r") : 0;
  if (!f) return 2;
  if (!strcmp(argv[1], "fill")) fill(f);
  else iou(f);
  return 0;
}
