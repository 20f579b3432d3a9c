#include "study/report/texts.hpp"

namespace study::report {

namespace {

const ModelText fully_connected{
    "Fully connected autoencoder",
    "The rows of the image are put behind one another, and each number of a layer is connected with every number of "
    "the layer before it. Two such layers shrink the image to its code, two more unfold it again.",
    "Plain, and quick to train: nothing but products of matrices.",
    "It has no notion of neighbouring pixels. If the pixels of all images were shuffled in one and the same way it "
    "would "
    "learn just as well, so whatever it knows about shapes it has had to find out pixel by pixel.",
    {{"Encoder", "Flatten", "784"},
     {"Encoder", "Linear, ReLU", "128"},
     {"Encoder", "Linear, ReLU", "64, the code"},
     {"Decoder", "Linear, ReLU", "128"},
     {"Decoder", "Linear, sigmoid", "784"},
     {"Decoder", "Unflatten", "28 × 28 × 1"}}};

const ModelText convolutional{
    "Convolutional autoencoder",
    "Small filters slide over the image and look for the same pattern everywhere; pooling keeps the strongest answer "
    "of each two by two places. Done twice, this leaves 32 coarse maps of the image, in which every number stands for "
    "a patch of 10 × 10 pixels. Transposed convolutions enlarge the maps to an image again.",
    "It makes use of what lies beside what, with few parameters, because a filter is shared by all places.",
    "Its code is a stack of maps, larger than the image itself. And since every filter is applied at every place, it "
    "takes far more arithmetic than its few parameters suggest.",
    {{"Encoder", "Convolution 3 × 3, ReLU", "28 × 28 × 16"},
     {"Encoder", "Largest of 2 × 2", "14 × 14 × 16"},
     {"Encoder", "Convolution 3 × 3, ReLU", "14 × 14 × 32"},
     {"Encoder", "Largest of 2 × 2", "7 × 7 × 32, the code"},
     {"Decoder", "Transposed convolution 3 × 3, stride 2, ReLU", "14 × 14 × 16"},
     {"Decoder", "Transposed convolution 3 × 3, stride 2, sigmoid", "28 × 28 × 1"}}};

const ModelText sparse{
    "Sparse autoencoder",
    "The layers are those of the fully connected autoencoder; the loss is not. Beside the squared error it charges "
    "for the code: the mean absolute value of its numbers (an L1 term), times a weight. A unit, as a number of the "
    "code is called, that does not earn its price falls silent, and an image is described by those that are left. The "
    "largest numbers of an image may be free of the price, which would only shrink them.",
    "The code says which few features an image has, and the price is a check on learning images by heart.",
    "The weight has to be found by trial: if it is too small hardly any number becomes zero, if it is too large units "
    "never fire at all and the images blur.",
    fully_connected.layers};

const char* const recurrent_description =
    "The image is read as a sequence: an LSTM takes one row of 28 pixels at each of 28 steps and carries along what "
    "it has seen. A second LSTM gives the rows back, one at each step.";
const char* const recurrent_good =
    "Made for sequences: it knows what comes before what, and the number of steps is not built in.";
const char* const recurrent_bad =
    "An image is no sequence. Neighbours within a row mean nothing to it, and its steps must wait for each other, "
    "where the other models work on the whole image at once.";

const ModelText recurrent{"Recurrent autoencoder",
                          recurrent_description,
                          recurrent_good,
                          recurrent_bad,
                          {{"Encoder", "Rows as steps", "28 steps × 28"},
                           {"Encoder", "LSTM", "28 steps × 128, the code"},
                           {"Decoder", "LSTM", "28 steps × 28"},
                           {"Decoder", "Steps as rows", "28 × 28 × 1"}}};

const ModelText recurrent_with_bottleneck{"Recurrent autoencoder with a bottleneck",
                                          recurrent_description,
                                          recurrent_good,
                                          recurrent_bad,
                                          {{"Encoder", "Rows as steps", "28 steps × 28"},
                                           {"Encoder", "LSTM", "28 steps × 128"},
                                           {"Encoder", "Last step", "128, the code"},
                                           {"Decoder", "The code at every step", "28 steps × 128"},
                                           {"Decoder", "LSTM", "28 steps × 28"},
                                           {"Decoder", "Steps as rows", "28 × 28 × 1"}}};

const ModelText variational{
    "Variational autoencoder",
    "The encoder does not settle on a code. For each of 32 latent numbers it gives a normal distribution, by its mean "
    "and the logarithm of its variance; during training a sample of it is decoded. The loss adds the Kullback-Leibler "
    "divergence (KL) of these distributions from the standard normal one, so that the codes of all images fill one "
    "round cloud without gaps (Kingma and Welling, 2014).",
    "A decoder that invents: numbers drawn from the standard normal distribution become garments that nobody has "
    "photographed. The KL term also tells how much the code says about the image.",
    "Two aims pull at it. It gives up some detail for an orderly code, its loss is higher for that reason, and if the "
    "KL term weighs too much the code says nothing at all.",
    {{"Encoder", "Flatten", "784"},
     {"Encoder", "Linear, ReLU", "400"},
     {"Encoder", "Linear, twice: means and log variances", "2 × 32; the means are the code"},
     {"Training", "Sample: mean + exp(log variance / 2) × noise", "32"},
     {"Decoder", "Linear, ReLU", "400"},
     {"Decoder", "Linear, sigmoid", "784"},
     {"Decoder", "Unflatten", "28 × 28 × 1"}}};

}  // namespace

const ModelText* text_of(const TrainedModel& model) {
  if (model.folder == "fc_autoencoder") return &fully_connected;
  if (model.folder == "cnn_autoencoder") return &convolutional;
  if (model.folder == "sparse_autoencoder") return &sparse;
  if (model.folder == "variational_autoencoder") return &variational;
  if (model.folder != "rnn_autoencoder" && model.folder != "rnn_bottleneck") return nullptr;
  return model.options.is_object() && model.options.value("bottleneck", nlohmann::json(false)) == true
             ? &recurrent_with_bottleneck
             : &recurrent;
}

const std::vector<PictureText>& pictures_of_one() {
  static const std::vector<PictureText> pictures{
      {"reconstructions.png", "A test image of each class, and what the model makes of it.",
       "Two rows of small grey pictures of clothes: above test images, below their reconstructions"},
      {"units.png",
       "What each unit of the code adds to the image of an empty code when it fires strongly: red is brighter, blue "
       "darker. Units that never fire are grey.",
       "A grid of small pictures in blue, white and red, one for each unit of the code"},
      {"filters.png", "The filters of the first convolution: red weights are positive, blue ones negative.",
       "A grid of squares of three by three fields in blue, white and red, one for each filter"},
      {"feature_maps.png",
       "A test image, and the channels of the encoder's layers that it leads to. Each channel is as bright as its own "
       "largest value allows.",
       "A test image on the left, on its right rows of small grey maps, one for each channel"},
      {"samples.png", "Images decoded from random codes, drawn from the standard normal distribution.",
       "A square of small grey pictures that look more or less like clothes"},
      {"interpolations.png",
       "From one test image to another: between the two, at the ends, are the images of the codes on the straight "
       "line from one code to the other.",
       "Rows of small grey pictures in which one garment turns step by step into another"},
      {"traversal.png",
       "One latent number at a time goes from −3 to 3 while all others are zero. Shown are those whose means vary "
       "most from image to image.",
       "Rows of small grey pictures that change from left to right, one row for each latent number"}};
  return pictures;
}

const std::vector<PictureText>& pictures_of_all() {
  static const std::vector<PictureText> pictures{
      {"reconstructions.png", "The first test image, and what each model makes of it.",
       "One row of small grey pictures: the original and a reconstruction by each model"},
      {"classes.png",
       "A test image of each class, what each model makes of it, and below that twice the absolute error: the darker, "
       "the further off.",
       "Rows of small pictures of clothes: originals, then for each model reconstructions and their errors"},
      {"codes.png",
       "Codes of test images along the two directions in which they vary most (principal components), coloured by "
       "class. No model has seen the classes; where colours keep apart, the code has found the difference by itself.",
       "One scatter diagram for each model, its points coloured by the class of the image"},
      {"activity.png",
       "How often units fire, which is to be other than zero. Left: for which share of the test images a unit fires. "
       "Right: which share of the units fires for an image.",
       "Two histograms for each model: how often its units fire, and how many fire for an image"}};
  return pictures;
}

const char* const losses_text = R"(
<ul>
<li><strong>Ask for the size of the code first.</strong> FC-AE and Sparse-AE have 64 numbers for the 784 pixels of an
image, VAE has 32, CNN-AE has 1,568 and RNN-AE, unless it is given a bottleneck, 3,584. Codes as large as the last two
could hold the whole image, and more. A low loss is no merit where there is room to copy, and what an autoencoder is for, a code that says much with
little, does not show in the loss alone.</li>
<li><strong>Compare models by the test MSE.</strong> It is the same for all of them: the mean squared error of the
pixels, without anything added. The loss of Sparse-AE also contains its L1 term, the loss of VAE its KL term and the
noise of its samples; these are what the models are trained on, and they are not to be set beside a bare squared
error.</li>
<li><strong>Training and test loss are not measured at the same time.</strong> The training loss is a mean over an
epoch during which the model gets better, the test loss belongs to its end. So in the first epochs the test loss may
well be the lower one; if later the training loss falls while the test loss rises, the model learns images by
heart.</li>
</ul>
)";

const char* const study_text = R"(
<p>The models are those of an earlier study. Its text describes them rightly, but its program does something else in
three places, and its losses have to be read with that in mind:</p>
<ol>
<li><strong>The sparse autoencoder was not sparse.</strong> The L1 term of the description was never added to the
loss. What was trained was the fully connected autoencoder for a second time, with other random numbers.</li>
<li><strong>The variational autoencoder had collapsed.</strong> The squared error was averaged over 784 pixels, the KL
term, halved, over 32 latent numbers. So the latter counted 784 / 64, more than twelve, times as much as it does in
the bound that it comes from. It is then cheapest to let nearly all of the code be the same for every image, and to
decode it into blurred, average garments.</li>
<li><strong>The recurrent autoencoder had no bottleneck.</strong> The decoder was given the encoder's output for all
28 rows, 128 numbers each. It had the lowest loss of all, by copying, while the text expects that of the
convolutional one.</li>
</ol>
)";

}  // namespace study::report
