import"./chunk-EV5K6JGG.js";import"./chunk-KFEZ2LTW.js";import"./chunk-A7BL3ZDK.js";
