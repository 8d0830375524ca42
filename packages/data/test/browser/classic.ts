/* A worker of a program's own, bundled as a classic script. */
import '@tfjs-optimize/data/worker';
